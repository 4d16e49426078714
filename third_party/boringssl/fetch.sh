#!/bin/sh
# usage: fetch.sh FOLDER PART... -- unpacks these parts of Debian's BoringSSL source package into FOLDER.
# Works from copies of the machine's apt sources, so it needs no root and leaves apt's set-up alone.
set -eu
folder=$1
shift
package=android-platform-external-boringssl
# What was reviewed and tested; another version is a change of this file.
version=13.0.0+r24-2
sums="\
7da1c07f669b05f417cbf3e0a784a1a9d844ce138616e02b3a228fc20645ef37  ${package}_13.0.0+r24-2.dsc
583b7aeee1fca68b8244d086cea6fca23bd19d517bd63f0b9de714e048f92a7d  ${package}_13.0.0+r24.orig.tar.xz
f82d14420e2f4153c5e8be888e95a311c6a592806b3a2c64d920a35400dfd038  ${package}_13.0.0+r24-2.debian.tar.xz"
die() { echo "fetch.sh: $*" >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/parts" "$tmp/unpack"
: >"$tmp/sources.list"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -f "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >>"$tmp/sources.list"
done
for list in /etc/apt/sources.list.d/*.sources; do
  [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$tmp/parts/$(basename "$list")"
done
apt() {
  apt-get -o "Dir::Etc::SourceList=$tmp/sources.list" -o "Dir::Etc::SourceParts=$tmp/parts" \
    -o "Dir::State::Lists=$tmp/lists" -o "Dir::Cache=$tmp/cache" -o APT::Sandbox::User=root -qq "$@"
}
apt update
cd "$tmp/unpack"
# The files of this version from a mirror's pool, which keeps what any release has.
from_pool() {
  for mirror in $(apt indextargets --format '$(REPO_URI)' 'Created-By: Sources' | sort -u); do
    echo "$sums" | while read -r sum file; do
      /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root download-file "${mirror}pool/main/a/$package/$file" "$file" "SHA256:$sum" || exit 1
    done && return
  done
  return 1
}
apt --download-only source "$package=$version" 2>"$tmp/why" || from_pool ||
  die "neither apt's sources nor their mirrors' pools have $package $version: $(tail -n 1 "$tmp/why")"
echo "$sums" | sha256sum --check --strict --quiet >&2 || die "$package $version is not what its pinned SHA-256 says"
dpkg-source --no-check -x "${package}_$version.dsc" source >/dev/null
cd source
mv "$@" "$folder/"
