#!/usr/bin/env bash
# tree_digest.sh FOLDER: prints what torchhub's cache::tree_digest() says of FOLDER; its header has the format.
# For a repository rule, which runs before anything is built.
set -euo pipefail
export LC_ALL=C
cd "$1"
digest_of() { sha256sum | cut -d ' ' -f 1; }
find . -name __pycache__ -prune -o ! -type d ! -name '*.pyc' -printf '%P\0' | sort -z | while IFS= read -r -d '' path; do
  if [[ -L $path ]]; then
    mode=l digest=$(readlink -n -- "$path" | digest_of)
  else
    mode=-
    [[ $(stat -c %A -- "$path") == ???x* || $(stat -c %A -- "$path") == ???s* ]] && mode=x
    digest=$(digest_of <"$path")
  fi
  printf '%s\0%s\0%s\n' "$path" "$mode" "$digest"
done | digest_of
