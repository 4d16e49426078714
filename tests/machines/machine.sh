#!/usr/bin/env bash
# Makes a fresh Debian system in a folder, clones what is committed here into it, and runs the README's two commands
# there: first with the network, then, where that is allowed, in a network namespace with nothing but 127.0.0.1. By hand
# and before a release, as root; it takes an hour or more.
#
#   tests/machines/debian13.sh                       a fresh system, both commands
#   tests/machines/debian13.sh --keep COMMAND...     COMMAND in the system as the last run left it, what is committed
#                                                    now checked out there; --offline before COMMAND: without a network
#   TORCHHUB_PYTHON=/usr/bin/python3 tests/machines/debian13.sh       with Debian's own torch
#
# Systems lie in $TORCHHUB_MACHINES (default /var/tmp/torchhub-machines): NAME.tar as debootstrap made it, for the next
# run, and NAME/. apt and pip get this machine's mirror, proxies, certificates, configuration and folders of wheels.
# Whatever is mounted for the system is in a namespace that ends with its command, so NAME/ may be removed at any time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
release=$1
shift
machines=${TORCHHUB_MACHINES:-/var/tmp/torchhub-machines}
system=$machines/$release
base=$machines/$release.tar

say() { echo "machine: $*" >&2; }
die() { say "$*"; exit 1; }
((EUID == 0)) || die "only root can make a system: debootstrap and mounts need it"

# mirror LABEL: where this machine's apt has Debian's archive of that label from; nothing on another distribution.
mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' -v label="$1" '$1 == "Debian" && $2 == label { print $3; exit }'
}

# What apt here is told of servers and proxies, in apt's own words.
apt_settings() { apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' || true; }

make_base() {
  local making=$machines/$release.making archive security
  [[ -e $base ]] && return
  command -v debootstrap >/dev/null || die "needs debootstrap; run: apt-get install debootstrap"
  archive=$(mirror Debian)
  security=$(mirror Debian-Security)
  say "debootstrap of $release"
  rm -rf --one-file-system "$making"
  mkdir -p "$making"
  debootstrap --variant=minbase --include=ca-certificates "$release" "$making" ${archive:+"$archive"} >"$making.log" ||
    die "debootstrap could not make $release; $making.log says why"
  # What debootstrap wrote names the mirror, also the one that it chose itself.
  archive=$(awk '$1 == "deb" { print $2; exit }' "$making/etc/apt/sources.list")
  {
    echo "deb $archive $release main"
    echo "deb $archive $release-updates main"
    [[ -z $security ]] || echo "deb $security $release-security main"
  } >"$making/etc/apt/sources.list"
  rm -f "$making"/var/cache/apt/archives/*.deb
  tar -C "$making" --one-file-system -cf "$base.part" .
  mv "$base.part" "$base"
  rm -rf --one-file-system "$making" "$making.log"
}

# The absolute paths that the lines of standard input name and that exist here. An index of packages (file:) has its
# files beside it.
paths_named() {
  local path
  grep -oE "(file:/)?/[^ '\";,]+" | sed -E 's#^file:/*(/.*)/[^/]+/?$#\1#' | sort -u | while read -r path; do
    [[ ! -e $path ]] || echo "$path"
  done
}

pip_settings() { pip config debug 2>/dev/null || true; }
variables() { env | grep -E '^(https?|ftp|all|no)_proxy=|^(HTTPS?|FTP|ALL|NO)_PROXY=|^PIP_|^SSL_CERT_(FILE|DIR)=|^(REQUESTS|CURL)_CA_BUNDLE=|^TORCHHUB_PYTHON=' || true; }

# Files are copied, since a package of the system may replace them; folders are mounted by enter.sh, read-only.
folders=()
share_settings() {
  local path
  mkdir -p "$system/etc/apt/apt.conf.d" "$system$HOME"
  apt_settings >"$system/etc/apt/apt.conf.d/10outside"
  cp /etc/resolv.conf "$system/etc/resolv.conf"
  # What this machine trusts beyond the usual, for when the package ca-certificates makes the list anew.
  mkdir -p "$system/usr/local/share/ca-certificates"
  find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$system/usr/local/share/ca-certificates/" \;
  while read -r path; do
    if [[ -d $path ]]; then
      folders+=("$path")
    else
      mkdir -p "$system$(dirname "$path")"
      cp "$path" "$system$path"
    fi
  done < <({ apt_settings; pip_settings; variables; } | paths_named | grep -vxE '/usr/bin/python3.*|/etc/ssl/certs')
}

# run_inside NETWORK COMMAND...: COMMAND in the system, in the clone; NETWORK is "network" or "offline".
run_inside() {
  local network=$1
  shift
  local namespaces=(--mount --pid --fork --kill-child --uts --ipc)
  if [[ $network == offline ]]; then
    if unshare --net true 2>/dev/null && command -v ip >/dev/null; then
      namespaces+=(--net)
    else
      say "no network namespace can be made here: what follows has this machine's network"
    fi
  fi
  local -a assignments
  mapfile -t assignments < <(variables)
  unshare "${namespaces[@]}" "$here/enter.sh" "$system" "${folders[@]}" -- \
    env -i HOME="$HOME" LANG=C.UTF-8 TERM="${TERM:-dumb}" PIP_NO_CACHE_DIR=1 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${assignments[@]}" \
    bash -c 'cd /torchhub && exec "$@"' bash "$@"
}

if [[ ${1:-} == --keep ]]; then
  shift
  network=network
  if [[ ${1:-} == --offline ]]; then
    network=offline
    shift
  fi
  [[ -e $system/torchhub ]] || die "there is no system in $system yet: run this without --keep first"
  share_settings
  git -C "$system/torchhub" fetch --quiet "$root" HEAD
  git -C "$system/torchhub" checkout --quiet --detach FETCH_HEAD
  run_inside "$network" "$@"
  exit
fi
(($# == 0)) || die "unknown option $1; there is --keep COMMAND..."
mkdir -p "$machines"
make_base
say "a fresh system in $system"
rm -rf --one-file-system "$system"
mkdir "$system"
tar -C "$system" -xf "$base"
share_settings
git clone --quiet --no-hardlinks "$root" "$system/torchhub"
say "hub/examples/quickstart.sh"
run_inside network hub/examples/quickstart.sh
say "tests/run.sh"
run_inside offline tests/run.sh
