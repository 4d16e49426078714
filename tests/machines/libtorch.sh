#!/usr/bin/env bash
# The tests that see LibTorch, or the Python room's, with another LibTorch or Python than .venv's; a row of a table for
# each. By hand and before a release: one takes ten minutes on two processors and, with CUDA's libraries, 6 GB of disk.
#
#   tests/machines/libtorch.sh 1.13.1 2.6.0 2.8.0 2.11.0 2.13.0
#   tests/machines/libtorch.sh --room python python3.12@2.13.0 /opt/python3.14/bin/python3@2.13.0 ~/venv/bin/python
#
# A number is a release of torch for Debian's /usr/bin/python3, PYTHON@NUMBER one for another interpreter: pip puts it
# into a virtual environment, which is removed afterwards, from where its own settings say. 1.13.1 is Debian 12's own,
# which third_party/bootstrap installs. Any other name is an interpreter that has a torch.
#
# Environments and logs lie in $TORCHHUB_MACHINES (default /var/tmp/torchhub-machines).
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
machines=${TORCHHUB_MACHINES:-/var/tmp/torchhub-machines}
room=hub

say() { echo "libtorch: $*" >&2; }

# What the LibTorch layer's tests are: those that include its headers, and those that export models and run them.
targets() {
  case $room in
    python) echo //tests/python/... ;;
    *)
      third_party/bazel query 'attr("deps", "@libtorch//:libtorch\b", kind(cc_test, //tests/...))' 2>/dev/null
      printf '%s\n' //tests/hub/cli:load_command_test //tests/hub/cli:model_commands_test //tests/interop:packages_test
      ;;
  esac
}

# What is beside torch in .venv, at the versions that fit: a release of torch may want others than requirements.txt pins.
make_environment() {
  local python=$1 version=$2 folder=$3
  "$python" -m venv "$folder" &&
    "$folder/bin/pip" install -qq --no-cache-dir --disable-pip-version-check \
      "torch==$version" numpy safetensors pytorchcv setuptools >"$folder.pip.log" 2>&1 && return
  say "pip could not install torch $version for $python; $folder.pip.log says why"
  return 1
}

# The old std::string is for the whole build or for nothing of it.
string_option() {
  local libraries
  libraries=$("$1" -c 'import importlib.util, os; print(os.path.dirname(importlib.util.find_spec("torch").origin))')/lib
  grep -qs _ZN3c105ErrorC1ENS_14SourceLocationESs "$libraries/libc10.so" && echo --cxxopt=-D_GLIBCXX_USE_CXX11_ABI=0
}

try_one() {
  local name=$1 python made= version began string file
  began=$(date +%s)
  file=torch-$(tr -c 'A-Za-z0-9.\n' - <<<"$name")
  case $name in
    1.13.1) python=/usr/bin/python3 ;;
    [0-9]*.[0-9]* | *@*)
      version=${name##*@}
      python=/usr/bin/python3
      [[ $name == *@* ]] && python=$(command -v "${name%@*}")
      made=$machines/$file
      make_environment "$python" "$version" "$made" || return
      python=$made/bin/python
      ;;
    *) python=$(command -v "$name") ;;
  esac
  local log=$machines/$file.log events=$machines/events.json
  export TORCHHUB_PYTHON=$python
  third_party/bootstrap
  string=$(string_option "$python")
  mapfile -t chosen < <(targets)
  third_party/bazel test --keep_going --build_event_json_file="$events" ${string:+"$string"} -- "${chosen[@]}" >"$log" 2>&1
  local status=$?
  "$python" "$here/row.py" "$events" "$status" "$(($(date +%s) - began))" "${string:+old}" || failed=1
  ((status == 0)) || say "$log has bazel's own words"
  [[ -z $made ]] || rm -rf "$made"
}

cd "$root" || exit
mkdir -p "$machines"
failed=0
"$here/row.py" --head
while (($#)); do
  case $1 in
    --room)
      room=$2
      shift
      ;;
    *) try_one "$1" || failed=1 ;;
  esac
  shift
done
exit "$failed"
