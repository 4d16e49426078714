#!/usr/bin/env bash
# Installs the torchhub command, the headers, the libraries, and what CMake and pkg-config ask for.
#
#   bazel run //hub:install -- --prefix=DIR
#
#   --prefix=DIR     where it will be used from; default: /usr/local
#   --destdir=DIR    put in front of every place, for packages; default: none
set -euo pipefail
version=@VERSION@
prefix=/usr/local destdir=
for option in "$@"; do
  case $option in
    --prefix=*) prefix=${option#*=} ;;
    --destdir=*) destdir=${option#*=} ;;
    *) echo "install: unknown option $option; there are --prefix=DIR and --destdir=DIR" >&2; exit 2 ;;
  esac
done
[[ $prefix == /* ]] || { echo "install: --prefix=$prefix is not an absolute path" >&2; exit 2; }
# Bazel starts this in the folder that the manifest's paths count from.
manifest=@MANIFEST@
[[ -r $manifest ]] || cd "$0.runfiles/"*/
count=0
while IFS=$'\t' read -r mode place file; do
  target=$destdir$prefix/$place
  mkdir -p "$(dirname "$target")"
  case $mode in
    link) ln -sfn "$file" "$target" ;;
    template)
      sed -e "s#@PREFIX@#$prefix#g" -e "s#@TORCHHUB_VERSION@#$version#g" "$file" >"$target.new"
      chmod 644 "$target.new"
      mv "$target.new" "$target"
      ;;
    # Beside it and renamed: what runs keeps what it has.
    *)
      install -m "$mode" "$file" "$target.new"
      mv "$target.new" "$target"
      ;;
  esac
  count=$((count + 1))
done <"$manifest"
echo "install: $count files below $destdir$prefix"
