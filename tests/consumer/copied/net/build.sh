#!/usr/bin/env bash
# Builds a project that has a copy of net/ and nothing else of torchhub, by one g++ command, and runs it.
#
#   build.sh BORINGSSL_INCLUDE LIBSSL LIBCRYPTO
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
include=$(readlink -f "$1") ssl=$(readlink -f "$2") crypto=$(readlink -f "$3")
project=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$project"' EXIT
mkdir "$project/torchhub" "$project/served"
cp -r "$here/../../../../net" "$project/torchhub/net"
cp "$here/program.cc" "$project/"
cd "$project"

g++ -std=c++20 -I. -I"$include" program.cc torchhub/net/room.cc "$ssl" "$crypto" -lz -lpthread -o program

printf weights >served/model.txt
# What the server says first names its port.
python3 -u -m http.server --bind 127.0.0.1 --directory served 0 >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
  port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' server.log)
  [[ $port ]] && break
  sleep 0.1
done
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
told=$(./program "http://127.0.0.1:$port/model.txt")
[[ $told == "7 weights" ]] || { echo "the program said: $told"; exit 1; }
! told=$(./program "http://127.0.0.1:$port/absent.txt")
[[ $told == *": the server answered 404 "* ]] || { echo "the program said: $told"; exit 1; }
# Over TLS, BoringSSL is what answers: this server does not speak it.
! told=$(./program "https://127.0.0.1:$port/model.txt")
[[ $told == *"TLS handshake"* ]] || { echo "the program said: $told"; exit 1; }
