#!/usr/bin/env bash
# Starts headers.py, which asks Bazel how each public header is compiled by itself.
set -euo pipefail
root=${BUILD_WORKSPACE_DIRECTORY:?run me with bazel run}
cd "$root"
exec "${TORCHHUB_PYTHON:-$root/.venv/bin/python}" "$root/benchmarks/headers/headers.py" --root "$root" "$@"
