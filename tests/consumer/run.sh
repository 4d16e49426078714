#!/usr/bin/env bash
# Builds and tests the monorepos of this folder, each a workspace of its own that depends on torchhub.
#
#   tests/consumer/run.sh FOLDER [BAZEL OPTION]...
#
# Appends the build events of each to FOLDER/events, for count_results.py, and its phases to the time line there. They
# share a disk cache with torchhub's own tests, so that BoringSSL is compiled once for all. Then a project that builds
# with CMake against what `bazel run //hub:install` installs, here from the objects that the tests are made of; its
# results go to FOLDER/cmake.junit.xml.
set -uo pipefail
consumers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$consumers/../.." && pwd)
time_line=$1
events=$time_line/events
shift
source "$root/tests/time_line.sh"
scratch=$(mktemp -d)
server=
startup=()
trap '[[ $server ]] && kill "$server"; rm -rf "$scratch"' EXIT
status=0

say() { echo "consumer: $*" >&2; }

# test_consumer FOLDER [BAZEL OPTION]...
test_consumer() {
  local consumer=$1 one=$scratch/$1.events
  shift
  say "$consumer"
  cd "$consumers/$consumer" || exit
  bazel "${startup[@]}" test --keep_going --build_event_json_file="$one" --disk_cache="$consumers/.disk_cache" \
    "$(profile_option "$consumer")" "$@" //... || status=$?
  # Labels of several workspaces stand in one file.
  sed "s#\"//#\"//tests/consumer/$consumer#g" "$one" >>"$events"
}

# Options that hide from every action those of the named folders that this machine has.
hide() {
  local folder
  for folder in "$@"; do
    [[ -e $folder ]] && printf -- '--sandbox_block_path=%s\n' "$folder"
  done
}

# A GitHub of our own, what it serves pinned by the command, and the monorepo's downloader configuration,
# which leads both Bazel and torchhub to it.
start_server() {
  "$root/third_party/bazel" build //tests/support:hub_server //hub/cli:torchhub || return
  # A tree in which modes and links count, in a private repository.
  mkdir -p "$scratch/odd/BUILD"
  printf 'def nothing():\n    pass\n' >"$scratch/odd/hubconf.py"
  echo '#!/bin/sh' >"$scratch/odd/BUILD/program.sh"
  chmod +x "$scratch/odd/BUILD/program.sh"
  touch "$scratch/odd/BUILD.bazel"
  # What Python compiled, which no digest covers.
  mkdir "$scratch/odd/__pycache__"
  touch "$scratch/odd/__pycache__/hubconf.cpython-311.pyc" "$scratch/odd/BUILD/old.pyc"
  ln -s BUILD/program.sh "$scratch/odd/link"
  mkdir "$scratch/odd_release"
  printf weights >"$scratch/odd_release/weights.bin"
  export GITHUB_TOKEN=xyzzy
  echo "machine 127.0.0.1 login anybody password $GITHUB_TOKEN" >"$scratch/netrc"
  "$root/bazel-bin/tests/support/hub_server" --state "$scratch" --tag "acme/odd:v1=$scratch/odd" \
    --release "acme/odd:v1=$scratch/odd_release" --private acme/odd --token "$GITHUB_TOKEN" \
    --tag "acme/digits:v1=$root/hub/examples/digits" --tag "acme/digits:größe/50% #1=$root/hub/examples/digits" --release "acme/digits:v1=$root/hub/examples/digits_release" &
  server=$!
  for _ in $(seq 100); do
    [[ -s $scratch/url ]] && break
    sleep 0.1
  done
  GITHUB_SERVER_URL=$(<"$scratch/url") || return
  export GITHUB_SERVER_URL GITHUB_API_URL=$GITHUB_SERVER_URL/api/v3 SSL_CERT_FILE=$scratch/ca.pem
  export TORCHHUB_DOWNLOADER_CONFIG=$scratch/downloader.cfg
  echo "rewrite weights\\.example/(.*) ${GITHUB_SERVER_URL#https://}/\$1" >"$TORCHHUB_DOWNLOADER_CONFIG"
  # Bazel's own downloader trusts what Java's key store has.
  keytool -importcert -noprompt -file "$scratch/ca.pem" -keystore "$scratch/trust.jks" -storetype JKS -storepass torchhub 2>/dev/null || return
  startup=("--host_jvm_args=-Djavax.net.ssl.trustStore=$scratch/trust.jks")
  rm -f "$consumers/hub/hub.lock"
  TORCH_HOME=$scratch/torch "$root/bazel-bin/hub/cli/torchhub" lock --lock "$consumers/hub/hub.lock" acme/digits:v1 acme/odd:v1 \
    https://weights.example/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth
}

# refuse SENTENCE BAZEL-ARGUMENT...: the build must fail, and say SENTENCE.
refuse() {
  local sentence=$1 log=$scratch/refused.log
  shift
  if bazel "${startup[@]}" build "$@" >"$log" 2>&1; then
    say "this was built and should not have been: $*"
    status=1
  elif ! grep -q "$sentence" "$log"; then
    say "the build failed without saying: $sentence"
    cat "$log" >&2
    status=1
  fi
}

test_refusals() {
  refuse "@altered_digits: the tree of acme/digits .* not tree_sha256 0000" "$@" @altered_digits//:altered_digits
  local libtorch=$scratch/libtorch
  mkdir -p "$libtorch/include/torch/csrc/api/include/torch" "$libtorch/lib"
  touch "$libtorch/include/torch/csrc/api/include/torch/torch.h" "$libtorch/lib/libc10.so"
  echo 1.9.0 >"$libtorch/build-version"
  refuse "@libtorch: torch '1.9.0' in .* is not supported" "$@" --repo_env=LIBTORCH_PATH="$libtorch" @libtorch//:libtorch
  # As torch's wheels for Linux were before 2.7.
  mkdir -p "$libtorch/include/ATen/core"
  touch "$libtorch/include/ATen/core/List.h"
  echo 2.6.0 >"$libtorch/build-version"
  echo _ZN3c105ErrorC1ENS_14SourceLocationESs >"$libtorch/lib/libc10.so"
  refuse "@libtorch: torch 2.6.0 in .* was compiled with libstdc++'s old std::string, and this build is with the new one" \
    "$@" --repo_env=LIBTORCH_PATH="$libtorch" @libtorch//:libtorch
  # As a Python that was built with --disable-gil would answer, in what is asked here.
  local python=$scratch/python3.14t
  printf '#!/bin/sh\necho %s\n' "'{\"version\": \"3.14.0\", \"free_threaded\": true, \"shared\": true, \"include\": \"$scratch\", \"torch\": null}'" >"$python"
  chmod +x "$python"
  touch "$scratch/Python.h"
  refuse "@cpython: .*/python3.14t is a free-threaded Python" "$@" --repo_env=TORCHHUB_PYTHON="$python" @cpython//:embed
  refuse "@cpython: /nonexistent/python is missing" "$@" --repo_env=TORCHHUB_PYTHON=/nonexistent/python @cpython//:embed
  printf '#!/bin/sh\necho "{\\"version\\": \\"3.10.12\\"}"\n' >"$scratch/python"
  chmod +x "$scratch/python"
  refuse "@cpython: .* is CPython 3.10.12, and torchhub needs 3.11 or later" "$@" --repo_env=TORCHHUB_PYTHON="$scratch/python" @cpython//:embed
}

test_cmake_project() {
  say "cmake"
  local build=$scratch/build
  "$root/third_party/bazel" run "$(profile_option install)" --//hub/install:optimised=false //hub:install -- --prefix="$scratch/prefix" &&
    cmake -S "$consumers/cmake" -B "$build" -DCMAKE_PREFIX_PATH="$scratch/prefix" -DDIGITS="$root/hub/examples/digits" &&
    cmake --build "$build" --parallel "$(nproc)" &&
    ctest --test-dir "$build" --output-on-failure --output-junit "$time_line/cmake.junit.xml"
}

# Fetched once, for torchhub's own tests.
boringssl=$("$root/third_party/bazel" info output_base)/external/boringssl
[[ -e $boringssl/BUILD.generated.bzl ]] && set -- "--repo_env=TORCHHUB_BORINGSSL=$boringssl" "$@"
# What must not be in reach of the parts that do without it.
mapfile -t no_torch < <(hide "$root/.venv" /usr/include/torch /usr/include/ATen /usr/include/python3*)
mapfile -t no_network < <(hide /usr/include/boost/{asio,beast,url} /usr/include/openssl)
for consumer in archive cache net; do
  hidden=("${no_torch[@]}")
  [[ $consumer == net ]] || hidden+=("${no_network[@]}")
  # BoringSSL neither.
  [[ $consumer == archive ]] && hidden+=(--repo_env=TORCHHUB_BORINGSSL=/nonexistent/boringssl)
  phase "monorepo $consumer" test_consumer "$consumer" "$@" "${hidden[@]}"
  # A server holds hundreds of megabytes.
  bazel shutdown
done
if phase "server of the monorepo hub" start_server; then
  # As torchhub's own .bazelrc has it.
  options=(--strategy=CppCompile=local
    --repo_env=GITHUB_SERVER_URL="$GITHUB_SERVER_URL" --repo_env=GITHUB_TOKEN="$GITHUB_TOKEN"
    --repo_env=NETRC="$scratch/netrc" --experimental_downloader_config="$TORCHHUB_DOWNLOADER_CONFIG"
    ${TORCHHUB_PYTHON:+"--repo_env=TORCHHUB_PYTHON=$TORCHHUB_PYTHON"})
  phase "monorepo hub" test_consumer hub "${options[@]}" "$@"
  phase "what is refused" test_refusals "${options[@]}" "$@"
  bazel "${startup[@]}" shutdown
else
  status=1
fi
phase "installation, CMake" test_cmake_project || status=$?
exit "$status"
