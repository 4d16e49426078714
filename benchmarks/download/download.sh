#!/usr/bin/env bash
# Starts download.py with the programs that Bazel built. The peers come from third_party/bootstrap
# --benchmarks.
set -euo pipefail
root=${BUILD_WORKSPACE_DIRECTORY:?run me with bazel run}
"$root/third_party/bootstrap" --benchmarks
here=$PWD
hf=$root/benchmarks/.venv/bin/python
exec /usr/bin/python3 "$root/benchmarks/download/download.py" \
  --torchhub "$here/hub/cli/torchhub" --link-server "$here/benchmarks/download/link_server" \
  --python "${TORCHHUB_PYTHON:-$root/.venv/bin/python}" \
  $([[ -x $hf ]] && echo --hf-python "$hf") --root "$root" "$@"
