#!/usr/bin/env bash
# bazel run //tests:compile_commands: writes compile_commands.json at the root, for clang-tidy and editors.
set -euo pipefail
exec /usr/bin/python3 "$BUILD_WORKSPACE_DIRECTORY/tests/compile_commands.py"
