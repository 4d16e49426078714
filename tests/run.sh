#!/usr/bin/env bash
# Builds and tests; the last line is the count by test case, before it stands where the time went.
#
#   tests/run.sh                        everything
#   tests/run.sh --quick                what differs from main and what depends on it, in three minutes
#   tests/run.sh net hub/cli            rooms: their sources and their tests
#   tests/run.sh //tests/net/...        some targets
#   tests/run.sh --config=asan          under AddressSanitizer; ubsan, tsan and clang likewise
#   TORCHHUB_PYTHON=/usr/bin/python3 tests/run.sh     with Debian's torch
#   LIBTORCH_PATH=FOLDER tests/run.sh   with an unpacked LibTorch and no Python: what needs none
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit
source tests/time_line.sh

readonly quick_seconds=180
options=()
targets=()
is_quick=0
for argument in "$@"; do
  case $argument in
    --quick) is_quick=1 ;;
    -//*) targets+=("$argument") ;;
    -*) options+=("$argument") ;;
    //* | @* | :*) targets+=("$argument") ;;
    *)
      argument=${argument%/}
      [[ $argument != "" && $argument != . ]] || { echo "run: '$argument' is no room" >&2; exit 2; }
      [[ -e $argument/BUILD.bazel || -e tests/$argument/BUILD.bazel ]] ||
        { echo "run: there is no room '$argument'" >&2; exit 2; }
      for folder in "$argument" "tests/$argument"; do
        [[ -e $folder/BUILD.bazel ]] && targets+=("//$folder/...")
      done
      ;;
  esac
done
if ((is_quick && ${#targets[@]})); then
  echo "run: --quick chooses by itself what to run" >&2
  exit 2
fi
# The plain run also fuzzes, with clang, and builds and tests the monorepos of tests/consumer.
is_everything=$((${#targets[@]} + ${#options[@]} + is_quick == 0))
# What needs Python is not even built then.
if [[ ${LIBTORCH_PATH:-} ]]; then
  is_everything=0
  options+=(--build_tests_only --test_tag_filters=-python --build_tag_filters=-python)
fi
# BoringSSL, Boost and GoogleTest are compiled once for all workspaces. Many tests wait more than they compute: a third
# action beside two processors' compilers.
options+=("--disk_cache=$root/tests/consumer/.disk_cache" --local_cpu_resources=HOST_CPUS*1.5)

time_line=$(mktemp -d)
events=$time_line/events
trap 'rm -rf "$time_line"' EXIT
began=$(date +%s)
phase "packages and .venv" third_party/bootstrap || exit
seconds_left=
if ((is_quick)); then
  changed=$(tests/changed_tests.sh) || exit
  if [[ -z $changed ]]; then
    echo "run: nothing that is tested differs from main"
    exit
  fi
  mapfile -t targets <<<"$changed"
  seconds_left=$((quick_seconds - $(date +%s) + began))
  ((seconds_left > 0)) || seconds_left=1
fi
((${#targets[@]})) || targets=(//...)

# timeout ends Bazel as Ctrl-C would, so that it still writes what it has.
test_here() {
  ${seconds_left:+timeout --signal=INT "$seconds_left"} third_party/bazel test --keep_going \
    "--build_event_json_file=$events" "$(profile_option here)" "${options[@]}" -- "${targets[@]}"
}
phase "what is here" test_here
status=$?
if ((is_everything)); then
  phase "fuzzing" third_party/bazel test --config=fuzz "--build_event_json_file=$time_line/fuzz_events" \
    "$(profile_option fuzz)" //tests/fuzz:all_fuzz_tests || status=$?
  cat "$time_line/fuzz_events" >>"$events"
  tests/consumer/run.sh "$time_line" || status=$?
fi
# 124: the time was up.
if ((is_quick && status == 124)); then
  echo "run: three minutes are over; what was not reached was not tried"
  counted=$(/usr/bin/python3 tests/count_results.py --not-reached "$events" 0)
else
  counted=$(/usr/bin/python3 tests/count_results.py "$events" "$status" "$time_line"/*.junit.xml)
fi
status=$?
# The count itself may fail, by a report that was cut off.
[[ $counted ]] || { counted="0 passed, 1 failed" status=1; }
head -n -1 <<<"$counted"
/usr/bin/python3 tests/time_line.py "$time_line"
tail -n 1 <<<"$counted"
exit "$status"
