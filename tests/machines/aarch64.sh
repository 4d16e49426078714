#!/usr/bin/env bash
# The four rooms for aarch64, on a machine of another kind: cross-compiled by Debian's g++-aarch64-linux-gnu, linked, and
# their tests run under qemu-user. By hand, before a release. Its last line is "N passed, N failed".
#
#   tests/machines/aarch64.sh [FOLDER [TARGET...]]
#
# FOLDER, $TMPDIR/torchhub-aarch64 if none is named, gets the arm64 packages that the build compiles against and the
# programs run with (400 MB), by the names of Debian 12. The machine's own apt keeps its architecture.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit

say() { echo "aarch64: $*" >&2; }
die() { say "$*"; exit 1; }

case ${1:-} in -*) die "there are no options: aarch64.sh [FOLDER [TARGET...]]" ;; esac
folder=$(realpath -m "${1:-${TMPDIR:-/tmp}/torchhub-aarch64}")
(($#)) && shift
sysroot=$folder/root

here=(g++-aarch64-linux-gnu qemu-user-static)
there=(
  libc6-dev libstdc++-12-dev libboost1.81-dev zlib1g-dev libseccomp-dev libcli11-dev
  libgtest-dev libgmock-dev pybind11-dev libpython3.11-dev python3.11 python3-numpy
)

install_here() {
  dpkg-query --show "${here[@]}" >/dev/null 2>&1 && return
  ((EUID == 0)) || die "not root, and a package is missing; run: apt-get install ${here[*]}"
  say "installing Debian packages: ${here[*]}"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq --yes --no-install-recommends install "${here[@]}"; } \
    >"$folder/apt.log" 2>&1 </dev/null || die "apt-get could not install ${here[*]}; its output is in $folder/apt.log"
}

# apt for a machine of another architecture, which has nothing installed yet. It asks the servers that this one asks.
apt_there() {
  local state=$folder/apt
  apt-get -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Install-Recommends=false \
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::Status=$state/status" \
    -o "Dir::Cache=$state/cache" -o APT::Sandbox::User=root -qq --yes "$@"
}

make_sysroot() {
  local stamp=$folder/packages package
  [[ -f $stamp && $(<"$stamp") == "${there[*]}" ]] && return
  say "unpacking arm64 packages into $sysroot: ${there[*]}"
  rm -rf "$sysroot" "$folder/apt"
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$sysroot/usr"
  : >"$folder/apt/status"
  { apt_there update && apt_there --download-only install "${there[@]}"; } >"$folder/apt.log" 2>&1 </dev/null ||
    die "apt has no arm64 packages ${there[*]}; its output is in $folder/apt.log"
  for package in bin lib sbin; do
    mkdir "$sysroot/usr/$package"
    ln -s "usr/$package" "$sysroot/$package"
  done
  for package in "$folder"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
      tar -x --directory "$sysroot" --keep-directory-symlink --no-same-owner --exclude=./usr/share/doc ||
      die "$package could not be unpacked"
  done
  rm -rf "$folder/apt"
  # The interpreter that the build asks for its folders.
  printf '#!/bin/sh\nexec qemu-aarch64-static -L %q %q "$@"\n' "$sysroot" "$sysroot/usr/bin/python3.11" \
    >"$sysroot/usr/bin/python3"
  chmod +x "$sysroot/usr/bin/python3"
  echo "${there[*]}" >"$stamp"
}

mkdir -p "$folder" || exit
install_here
make_sysroot

bazel_there() {
  local command=$1
  shift
  TORCHHUB_PYTHON=$sysroot/usr/bin/python3 LIBTORCH_PATH='' third_party/bazel "$command" \
    --incompatible_enable_cc_toolchain_resolution --platforms=@aarch64//:platform \
    --extra_toolchains=@aarch64//:toolchain --platform_suffix=-aarch64 "--repo_env=TORCHHUB_AARCH64=$sysroot" "$@"
}

# Each room whole, by the library that //hub:install makes of it.
rooms=(net cache archive python)
failed=0
if ((!$#)); then
  for room in "${rooms[@]}"; do
    bazel_there build --//hub/install:optimised=false "//hub/install:${room}_library" || failed=1
  done
  ((failed)) && die "not all rooms link"
fi

left_out=(
  # qemu-user has no seccomp and no Landlock.
  -//tests/python:sandbox_test
  -//tests/python:stranger_test
  -//tests/python:worker_hubconf_test
  # Judge seconds, and bytes that are sent twice where a connection seems slow: the emulator is.
  -//tests/net:answer_failures_test
  -//tests/net:drip_test
  -//tests/net:local_failures_test
  -//tests/net:range_failures_test
  -//tests/net:real_servers_test
  -//tests/net:signed_link_test
)
passed=0
test_there() {
  local name=$1 counted
  shift
  bazel_there test --keep_going --test_env=TORCHHUB_TESTS_EMULATED=1 "--run_under=$root/tests/machines/aarch64/run.sh $sysroot" \
    "--build_event_json_file=$folder/events" --test_timeout=300,900,3600,3600 -- "$@" >&2
  counted=$(/usr/bin/python3 tests/count_results.py "$folder/events" $?)
  echo "$name: $counted"
  [[ $counted =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || die "the tests of $name were not counted"
  passed=$((passed + BASH_REMATCH[1]))
  failed=$((failed + BASH_REMATCH[2]))
}
if (($#)); then
  test_there "what was asked for" "$@"
else
  for room in "${rooms[@]}"; do
    test_there "$room" "//tests/$room/..." "${left_out[@]}"
  done
fi
echo "$passed passed, $failed failed"
((failed == 0))
