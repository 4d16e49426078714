#!/usr/bin/env bash
# torchhub with a newer Bazel, modules alone and no WORKSPACE: Debian unstable's bazel-bootstrap (7.7.1 and later), in a
# system of its own. By hand, as root, before a release. Its last line is "N passed, N failed".
#
#   tests/machines/bazel.sh [FOLDER [TARGET...]]
#
# FOLDER, $TMPDIR/torchhub-bazel if none is named, gets that system (2 GB) and Bazel's output. Every target is analysed;
# TARGETs, without any the rooms' pure tests, are built and tested, and so is the monorepo of tests/consumer/modules.
# The modules come from a registry made by bazel/registry.py. BAZEL_MODULES names a folder with real ones instead of
# Debian's: rules_cc/, rules_shell/, bazel_features/, each with its MODULE.bazel.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

die() { echo "bazel: $*" >&2; exit 1; }

case ${1:-} in -*) die "there are no options: bazel.sh [FOLDER [TARGET...]]" ;; esac
((EUID == 0)) || die "makes a system of its own, and needs root for that"
folder=$(realpath -m "${1:-${TMPDIR:-/tmp}/torchhub-bazel}")
(($#)) && shift
targets=("$@")
((${#targets[@]})) || targets=(//tests/archive/... //tests/cache/... //tests/net:url_test //tests/net:crc32c_test)
system=$folder/root

packages=(
  bazel-bootstrap bazel-rules-shell g++ libboost-dev libboost-url-dev zlib1g-dev libseccomp-dev libcli11-dev
  libgtest-dev libgmock-dev libbenchmark-dev python3-dev pybind11-dev
)

# In the system: /proc, /dev, and the sources as /torchhub, in a mount namespace that ends with the command.
inside() {
  unshare --mount --propagation private sh -c '
    system=$1 sources=$2
    shift 2
    mkdir -p "$system/torchhub" &&
      mount -t proc proc "$system/proc" && mount --rbind /dev "$system/dev" &&
      mount --bind "$sources" "$system/torchhub" || exit
    exec chroot "$system" "$@"' sh "$system" "$root" "$@"
}

make_system() {
  [[ -x $system/usr/bin/bazel ]] && return
  command -v debootstrap >/dev/null || die "needs debootstrap"
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
  mkdir -p "$folder"
  { debootstrap --variant=minbase sid "$system" "$mirror" &&
    printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d" && chmod +x "$system/usr/sbin/policy-rc.d" &&
    inside apt-get update &&
    inside env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"; } \
    >"$folder/debootstrap.log" 2>&1 </dev/null || die "the system could not be made; see $folder/debootstrap.log"
}

# What is compared is the build, not a network: BoringSSL's source is fetched out here.
make_registry() {
  if [[ ! -d $system/opt/boringssl/src ]]; then
    mkdir -p "$system/opt/boringssl"
    "$root/third_party/boringssl/fetch.sh" "$system/opt/boringssl" src linux-x86_64 linux-aarch64 err_data.c \
      BUILD.generated.bzl LICENSE || die "no BoringSSL source"
  fi
  cp "$root/third_party/boringssl/overlay.BUILD" "$system/opt/boringssl/BUILD.bazel"
  rm -rf "$system/opt/registry"
  inside python3 /torchhub/tests/machines/bazel/registry.py /torchhub/MODULE.bazel /opt/registry /opt/boringssl
}

overrides() {
  local module
  if [[ ${BAZEL_MODULES:-} ]]; then
    rm -rf "$system/opt/modules" && cp -rL "$BAZEL_MODULES" "$system/opt/modules" || exit
    for module in "$BAZEL_MODULES"/*; do
      echo "--override_module=${module##*/}=/opt/modules/${module##*/}"
    done
  else
    echo "--override_module=rules_shell=/usr/share/bazel/rules/shell"
  fi
}

# bazel_there FOLDER COMMAND ARGUMENT...: Debian's own configuration names its other modules. Its compiler is newer than
# any that the warnings were written for, and not what is tried here.
bazel_there() {
  local folder=$1 command=$2
  shift 2
  inside sh -c 'cd "$1" && shift && exec bazel --output_user_root=/opt/output "$@"' sh "$folder" "$command" \
    --registry=file:///opt/registry "${modules[@]}" --noenable_workspace --lockfile_mode=off --curses=no \
    --noshow_progress --symlink_prefix=/ --per_file_copt=.*@-Wno-error "$@"
}

# The files that the repository rules look at: to analyse what is built with LibTorch nothing else of it is needed.
make_torch() {
  local torch=$system/opt/python/torch header
  mkdir -p "$torch/lib"
  echo /opt/python >"$system/usr/lib/python3/dist-packages/torch.pth"
  : >"$torch/__init__.py"
  echo "__version__ = '2.13.0'" >"$torch/version.py"
  touch "$torch"/lib/lib{c10,torch_python}.so
  for header in torch/csrc/api/include/torch/torch.h ATen/core/List.h pybind11/pybind11.h; do
    mkdir -p "$torch/include/${header%/*}"
    : >"$torch/include/$header"
  done
}

make_system
make_torch
make_registry || exit
mapfile -t modules < <(overrides)
inside bazel --version

passed=0
failed=0
count() {
  local counted
  counted=$(inside python3 /torchhub/tests/count_results.py /opt/events "$2")
  echo "$1: $counted"
  [[ $counted =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || die "the tests of $1 were not counted"
  passed=$((passed + BASH_REMATCH[1]))
  failed=$((failed + BASH_REMATCH[2]))
}

readonly tls=--@boost.asio//:ssl=boringssl
# What later versions do without being asked.
strict=(
  --incompatible_auto_exec_groups
  --incompatible_check_testonly_for_output_files
  --incompatible_config_setting_private_default_visibility
  --incompatible_disable_native_repo_rules
  --incompatible_disable_starlark_host_transitions
  --incompatible_disable_target_provider_fields
  --incompatible_disallow_empty_glob
  --incompatible_disallow_struct_provider_syntax
  --incompatible_no_implicit_file_export
  --incompatible_struct_has_no_methods
  --incompatible_top_level_aspects_require_providers
  --incompatible_use_plus_in_repo_names
)
bazel_there /torchhub build --nobuild "$tls" "${strict[@]}" //... || die "not every target can be analysed"
bazel_there /torchhub test --keep_going "$tls" --build_event_json_file=/opt/events -- "${targets[@]}"
count "rooms" $?
bazel_there /torchhub/tests/consumer/modules test --distdir=/torchhub/hub/examples/digits_release \
  --build_event_json_file=/opt/events //...
count "monorepo with modules" $?
echo "$passed passed, $failed failed"
((failed == 0))
