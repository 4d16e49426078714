#!/usr/bin/env bash
# Starts startup.py with the program that Bazel built.
set -euo pipefail
root=${BUILD_WORKSPACE_DIRECTORY:?run me with bazel run}
exec "${TORCHHUB_PYTHON:-$root/.venv/bin/python}" "$root/benchmarks/startup/startup.py" \
  --program "$PWD/benchmarks/startup/commands" --root "$root" "$@"
