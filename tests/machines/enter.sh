#!/usr/bin/env bash
# Runs a command in a system that lies in a folder. machine.sh starts it in namespaces of its own: mounts, processes and
# perhaps the network are this command's alone and end with it.
#
#   enter.sh SYSTEM FOLDER... -- COMMAND...      FOLDER: one of this machine's, read-only at the same place
set -euo pipefail
system=$1
shift
# A root is changed to what is a mount.
mount --bind "$system" "$system"
while [[ $1 != -- ]]; do
  mkdir -p "$system$1"
  mount --bind "$1" "$system$1"
  mount -o remount,bind,ro "$system$1"
  shift
done
shift
mount -t proc proc "$system/proc"
mount --rbind /sys "$system/sys"
mount -t tmpfs -o mode=0755 tmpfs "$system/dev"
for device in null zero full random urandom tty; do
  touch "$system/dev/$device"
  mount --bind "/dev/$device" "$system/dev/$device"
done
mkdir "$system/dev/pts" "$system/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$system/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$system/dev/shm"
ln -s pts/ptmx "$system/dev/ptmx"
ln -s /proc/self/fd "$system/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${number%:*}" "$system/dev/${number#*:}"; done
# 127.0.0.1, which is there and down in a network namespace of its own.
ip link set lo up 2>/dev/null || true
# Not chroot: from inside of one the kernel makes no user namespaces, which the sandbox is made of.
cd "$system"
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
rmdir /.outside
exec "$@"
