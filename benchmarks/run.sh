#!/usr/bin/env bash
# Installs what the benchmarks compare with, runs them interleaved with it, and writes the report.
#
#   benchmarks/run.sh                     every group, hours on two cores: benchmarks/README.md, benchmarks/results/
#   benchmarks/run.sh archive load        some groups: startup, archive, load, download, headers
#   benchmarks/run.sh --quick             small files and few rounds, minutes; results in benchmarks/results/quick/
#   benchmarks/run.sh archive --compare OLD.json
#                                         then says what got slower than in OLD.json, and ends with 1 if anything did
#   benchmarks/run.sh --compare OLD.json NEW.json
#                                         the same of two files that are there
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$PWD
every=(startup archive load download headers)
groups=() compared=() quick=
while (($#)); do
  case $1 in
    --quick) quick=yes ;;
    --compare)
      shift
      while (($#)) && [[ $1 == *.json ]]; do
        compared+=("$(cd "$here" && realpath -e "$1")")
        shift
      done
      ((${#compared[@]} == 1 || ${#compared[@]} == 2)) || { echo "run.sh: --compare takes OLD.json, or OLD.json NEW.json" >&2; exit 2; }
      continue
      ;;
    *)
      [[ " ${every[*]} " == *" $1 "* ]] || { echo "run.sh: there is no group '$1'; there are ${every[*]}" >&2; exit 2; }
      groups+=("$1")
      ;;
  esac
  shift
done
cd "$root"
if ((${#compared[@]} == 2)); then
  exec /usr/bin/python3 benchmarks/compare.py "${compared[@]}"
fi
if ((${#compared[@]} == 1)); then
  # The group that the file is of.
  ((${#groups[@]})) || groups=("$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["group"])' "${compared[0]}")")
  ((${#groups[@]} == 1)) || { echo "run.sh: --compare is for one group" >&2; exit 2; }
  # It may be the file that the run replaces.
  old=$(mktemp --suffix=.json)
  trap 'rm -f "$old"' EXIT
  cp "${compared[0]}" "$old"
fi
((${#groups[@]})) || groups=("${every[@]}")

third_party/bootstrap --benchmarks
results=$root/benchmarks/results
[[ $quick ]] && results=$results/quick
for group in "${groups[@]}"; do
  options=(--write)
  if [[ $quick ]]; then
    options=(--results "$results" --rounds 4)
    case $group in
      archive | load) options+=(--scale 16) ;;
      download) options+=(--size 64 --big 0 --only L0,L1,L2,M1,Z1) ;;
    esac
  fi
  third_party/bazel run --config=opt "//benchmarks:$group" -- "${options[@]}"
done
if [[ ${old:-} ]]; then
  /usr/bin/python3 benchmarks/compare.py "$old" "$results/${groups[0]}.json"
fi
