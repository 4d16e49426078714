#!/usr/bin/env bash
# archive/ as a folder that was copied into a project without Bazel.
set -euo pipefail
# The sources themselves: what a test's runfiles link to.
exec "$(dirname "$(readlink -f WORKSPACE)")/tests/consumer/copied/archive/build.sh"
