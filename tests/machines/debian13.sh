#!/usr/bin/env bash
# The README's two commands on a fresh Debian 13; machine.sh says what may follow.
exec "$(dirname "${BASH_SOURCE[0]}")/machine.sh" trixie "$@"
