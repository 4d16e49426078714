#!/usr/bin/env bash
# Checks the form of the code: clang-format on all of it, clang-tidy on the libraries and the command.
#
#   tests/lint.sh                 everything
#   tests/lint.sh net/url.cc      clang-tidy on some files only
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
third_party/bootstrap --lint
clang=$(third_party/clang_number)
# Later ones lay out concepts and requires-clauses in another way.
if ((clang == 14)); then
  git ls-files '*.h' '*.cc' | xargs clang-format-14 --dry-run -Werror
else
  echo "lint: the form of the code is clang-format 14's and was not looked at: this machine has $clang" >&2
fi
# clang-tidy reads generated headers: build them, then ask Bazel how each file is compiled.
third_party/bazel build --keep_going //net/... //cache/... //archive/... //python/... //hub/...
/usr/bin/python3 tests/compile_commands.py
files=("$@")
((${#files[@]})) || mapfile -t files < <(git ls-files 'net/*.cc' 'cache/*.cc' 'archive/*.cc' 'python/*.cc' 'hub/*.cc' | grep -v '/room\.cc$')
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 "clang-tidy-$clang" --quiet --config-file="$root/.clang-tidy" -p compile_commands.json
echo "lint: ${#files[@]} files clean"
