#!/usr/bin/env bash
# Builds the room from a copy of its folder, without Bazel: tests/consumer/copied/net, which is no package of this workspace.
#
#   copied_test.sh A_HEADER_OF_BORINGSSL LIBRARY...
set -euo pipefail
root=$(dirname "$(readlink -f WORKSPACE)")
include=$(dirname "$(dirname "$(readlink -f "$1")")")
shift
for library in "$@"; do
  case $library in
    *libssl.*a) ssl=$library ;;
    *libcrypto.*a) crypto=$library ;;
  esac
done
exec "$root/tests/consumer/copied/net/build.sh" "$include" "$ssl" "$crypto"
