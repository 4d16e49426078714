#!/usr/bin/env bash
# Builds everything and runs all tests; the last line is the count by test case.
#
#   tests/run.sh                        all tests
#   tests/run.sh --config=asan          under AddressSanitizer; ubsan, tsan and clang likewise
#   tests/run.sh //tests/net/...        some of them
#   TORCHHUB_PYTHON=/usr/bin/python3 tests/run.sh     with Debian's torch
#   LIBTORCH_PATH=FOLDER tests/run.sh   with an unpacked LibTorch and no Python: what needs none
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

options=()
targets=()
for argument in "$@"; do
  case $argument in
    -*) options+=("$argument") ;;
    *) targets+=("$argument") ;;
  esac
done
# The plain run also fuzzes, with clang, and builds and tests the monorepos of tests/consumer.
is_everything=$((${#targets[@]} + ${#options[@]} == 0))
# What needs Python is not even built then.
if [[ ${LIBTORCH_PATH:-} ]]; then
  is_everything=0
  options+=(--build_tests_only --test_tag_filters=-python --build_tag_filters=-python)
fi
((${#targets[@]})) || targets=(//...)

events=$(mktemp)
junit=$(mktemp)
trap 'rm -f "$events" "$junit"' EXIT
third_party/bazel test --keep_going --build_event_json_file="$events" "${options[@]}" -- "${targets[@]}"
status=$?
if ((is_everything)); then
  fuzz_events=$(mktemp)
  third_party/bazel test --config=fuzz --build_event_json_file="$fuzz_events" //tests/fuzz:all_fuzz_tests || status=$?
  cat "$fuzz_events" >>"$events"
  rm -f "$fuzz_events"
  tests/consumer/run.sh "$events" "$junit" || status=$?
fi
/usr/bin/python3 tests/count_results.py "$events" "$status" "$junit"
