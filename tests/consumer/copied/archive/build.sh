#!/usr/bin/env bash
# Builds a project that has a copy of archive/ and nothing else of torchhub, by one g++ command, and runs it.
#
#   build.sh [CHECKPOINT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../../../..
checkpoint=$(readlink -f "${1:-$root/hub/examples/digits_release/digit_reader-c0f7955a.pth}")
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
mkdir "$project/torchhub"
cp -r "$root/archive" "$project/torchhub/archive"
cp "$here/program.cc" "$project/"
cd "$project"

g++ -std=c++20 -I. program.cc torchhub/archive/room.cc -lz -lpthread -o program

./program "$checkpoint" model.safetensors >told
[[ $(head -1 told) == safe ]] || { echo "the program said: $(<told)"; exit 1; }
grep -q ' float32 ' told || { echo "the program said: $(<told)"; exit 1; }
# The error's category is one: its sentence names the file and what is wrong with it.
printf '<html><body>404</body></html>' >page.pth
! ./program page.pth model.safetensors >told
grep -q 'page.pth: it is an HTML page' told || { echo "the program said: $(<told)"; exit 1; }
