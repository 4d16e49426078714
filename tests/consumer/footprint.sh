#!/usr/bin/env bash
# What a monorepo pays for each part of torchhub: prints, for the program of each consumer, the seconds to build it
# from nothing, its size, and the libraries that it loads besides the C and C++ ones.
#
#   tests/consumer/footprint.sh [archive|cache|net|hub]...
set -euo pipefail
consumers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
parts=("$@")
((${#parts[@]})) || parts=(archive cache net hub)
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
[[ -e $consumers/hub/hub.lock ]] || { echo "footprint: tests/consumer/run.sh has to run first: it writes hub.lock" >&2; exit 1; }

mebibytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f", bytes / 1048576 }'; }

echo "| part | build, from nothing | program, stripped | loads, MiB |"
echo "|---|---|---|---|"
for part in "${parts[@]}"; do
  cd "$consumers/$part"
  target=//:${part}_test
  [[ $part == hub ]] && target=//:hub_program
  bazel=(bazel --output_user_root="$scratch/$part")
  options=(--compilation_mode=opt ${TORCHHUB_PYTHON:+"--repo_env=TORCHHUB_PYTHON=$TORCHHUB_PYTHON"})
  # Fetched before: the network is not what is measured.
  "${bazel[@]}" build --nobuild "${options[@]}" "$target" 2>/dev/null
  start=$(date +%s)
  "${bazel[@]}" build "${options[@]}" "$target" 2>/dev/null
  seconds=$(($(date +%s) - start))
  program=$("${bazel[@]}" info "${options[@]}" bazel-bin 2>/dev/null)/${target#//:}
  cp -L "$program" "$scratch/program"
  strip "$scratch/program"
  libraries=$(ldd "$program" | awk '$3 ~ /^\// { print $3 }' | grep -vE '/(libc|libm|libstdc\+\+|libgcc_s|ld-linux[^/]*|libpthread|libdl|librt)\.so' |
    while read -r library; do
      echo "$(basename "$library") $(mebibytes "$(stat -Lc %s "$library")")"
    done | sort -k2 -rn | paste -sd ';' | sed 's/;/, /g')
  echo "| $part | $seconds s | $(mebibytes "$(stat -c %s "$scratch/program")") MiB | ${libraries:-none} |"
  "${bazel[@]}" shutdown
done
