#!/bin/sh
# usage: fetch.sh FOLDER PART... -- unpacks these parts of Debian's BoringSSL source package into FOLDER.
# Works from copies of the machine's apt sources, so it needs no root and leaves apt's set-up alone.
set -eu
folder=$1
shift
package=android-platform-external-boringssl
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
apt --download-only source "$package"
dpkg-source --no-check -x "$package"_*.dsc source >/dev/null
cd source
mv "$@" "$folder/"
