#!/bin/sh
# run.sh SYSROOT PROGRAM ARGUMENT...: an arm64 program under qemu-user, and the arm64 programs that it starts.
#
# The kernel hands each of them to qemu by binfmt_misc: by the machine's own entry where there is one, or else by one in
# a user namespace of this program (Linux 6.7), which nobody else sees. Without either PROGRAM alone can be run.
set -eu
QEMU_LD_PREFIX=$1
export QEMU_LD_PREFIX
shift
if grep -q '^enabled' /proc/sys/fs/binfmt_misc/qemu-aarch64 2>/dev/null; then exec "$@"; fi

# What an arm64 program begins with. P keeps its argv[0]; F opens qemu now, for programs in another root folder.
entry=':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
entry=$entry':\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:PF'
register='mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && printf %s "$1" >/proc/sys/fs/binfmt_misc/register'
if unshare --user --map-root-user --mount sh -c "$register" sh "$entry" 2>/dev/null; then
  exec unshare --user --map-root-user --mount sh -c "$register"' && shift && exec "$@"' sh "$entry" "$@"
fi
exec qemu-aarch64-static "$@"
