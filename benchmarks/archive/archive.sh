#!/usr/bin/env bash
# Starts archive.py with the program that Bazel built. The peers come from third_party/bootstrap
# --benchmarks.
set -euo pipefail
root=${BUILD_WORKSPACE_DIRECTORY:?run me with bazel run}
"$root/third_party/bootstrap" --benchmarks
exec "${TORCHHUB_PYTHON:-$root/.venv/bin/python}" "$root/benchmarks/archive/archive.py" \
  --program "$PWD/benchmarks/archive/read_files" --root "$root" "$@"
