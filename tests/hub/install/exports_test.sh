#!/usr/bin/env bash
# exports_test.sh ARCHIVE...: fails if what is public is compiled hidden, so that a shared library of it would lack it:
# whatever is torchhub's and lies neither in a detail nor in an unnamed namespace wants its room's export macro.
set -euo pipefail
(($#)) || { echo "no archives"; exit 1; }
symbols() { readelf --symbols --wide "$@" | awk '$5 == "GLOBAL" && $7 != "UND" && $7 != "ABS" { print $6, $8 }' | sort -u | c++filt; }
ours=$(symbols "$@" | grep -E '^[A-Z]+ torchhub::' | grep -v -e '::detail::' -e '(anonymous namespace)')
grep -q '^DEFAULT ' <<<"$ours" || { echo "no symbol of these archives is shown"; exit 1; }
hidden=$(grep '^HIDDEN ' <<<"$ours" || true)
[[ -z $hidden ]] || { printf 'public, and not shown by a shared library:\n%s\n' "${hidden//HIDDEN /  }"; exit 1; }
