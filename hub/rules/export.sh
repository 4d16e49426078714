#!/usr/bin/env bash
# export.sh PACKAGE REPOSITORY TORCHHUB N CHECKPOINT... ENTRY [ARGUMENT]...: what torchhub_package runs.
# `torchhub export` with a cache of its own that holds the N checkpoints, and no network.
set -euo pipefail
package=$1 repository=$2 torchhub=$3 count=$4
shift 4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch TORCH_HOME=$scratch TORCHINDUCTOR_CACHE_DIR=$scratch/inductor
mkdir -p "$scratch/hub/checkpoints"
for checkpoint in "${@:1:count}"; do
  ln -s "$(realpath "$checkpoint")" "$scratch/hub/checkpoints/"
done
shift "$count"
# The repository's own writes (__pycache__) stay out of the build.
cp -rL "$repository" "$scratch/repository"
"$torchhub" export --offline --quiet --source local "$scratch/repository" "$@" --output "$scratch/model.pt2" >"$scratch/log" ||
  { cat "$scratch/log" >&2; exit 1; }
cp "$scratch/model.pt2" "$package"
