#!/usr/bin/env bash
# Starts load.py with the program that Bazel built. The peers are those of .venv.
set -euo pipefail
root=${BUILD_WORKSPACE_DIRECTORY:?run me with bazel run}
"$root/third_party/bootstrap"
exec "${TORCHHUB_PYTHON:-$root/.venv/bin/python}" "$root/benchmarks/load/load.py" \
  --program "$PWD/benchmarks/load/load_tensors" --torchhub "$PWD/hub/cli/torchhub" --root "$root" "$@"
