#!/usr/bin/env bash
# Runs the tests with clang's coverage and prints, for each room, how many of its lines and branches they reached.
#
#   tests/coverage.sh                    all tests
#   tests/coverage.sh //tests/net/...    some of them
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
third_party/bootstrap --coverage
clang=$(third_party/clang_number)
targets=("$@")
((${#targets[@]})) || targets=(//tests/...)
profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT
# Up to four files a program, into which its processes merge what they counted.
status=0
third_party/bazel test --config=coverage --keep_going --sandbox_writable_path="$profiles" \
  --test_env=LLVM_PROFILE_FILE="$profiles/%4m.profraw" -- "${targets[@]}" || status=$?
"llvm-profdata-$clang" merge --failure-mode=all -o "$profiles/all.profdata" "$profiles"/*.profraw

# The command's programs are run by tests, too.
bin=$(bazel info --config=coverage bazel-bin)
mapfile -t programs < <(bazel query "kind(cc_binary, deps(set(${targets[*]}))) union kind(cc_test, set(${targets[*]}))" 2>/dev/null |
  grep '^//\(tests\|hub\)' | sed 's#^//##; s#:#/#' | grep -v '\.so$')
objects=()
for program in "${programs[@]}"; do
  [[ -x $bin/$program ]] && objects+=(-object "$bin/$program")
done
"llvm-cov-$clang" export --summary-only --instr-profile="$profiles/all.profdata" "${objects[@]}" >"$profiles/summary.json"
/usr/bin/python3 tests/count_coverage.py "$profiles/summary.json"
exit "$status"
