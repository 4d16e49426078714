#!/bin/sh
# seen_symbols.sh LIBRARIES: fails if a library there shows symbols that are not torchhub's (or, for executors
# that programs pass in, Asio's): BoringSSL's would meet OpenSSL's in a process that runs Python. Inline code of the
# standard library is anybody's.
set -eu
ours='(.* )?(torchhub::|boost::asio::|std::|.* for (torchhub::|boost::asio::|std::))'
seen=$(nm -D -C --defined-only "$1"/libtorchhub*.so | grep -E ' [A-Zuv] ' | grep -vE " [A-Zuv] $ours" || true)
[ -z "$seen" ] || { echo "$seen"; exit 1; }
