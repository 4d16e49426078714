#!/usr/bin/env bash
# Prints the tests that depend on what differs from main, committed or not, a label a line.
#
#   tests/changed_tests.sh
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Where the server's main is known, what was committed to the local one differs, too.
main=main
git rev-parse --verify --quiet origin/main >/dev/null && main=origin/main
base=$(git merge-base HEAD "$main")

# package_of FILE: the folder of the BUILD file that FILE belongs to.
package_of() {
  local folder=$1
  while [[ $folder == */* ]]; do
    folder=${folder%/*}
    [[ -e $folder/BUILD.bazel ]] && break
  done
  [[ -e $folder/BUILD.bazel ]] && echo "$folder"
}

labels=()
while read -r file; do
  case $file in
    # Workspaces of their own, which only the whole run builds.
    tests/consumer/*) ;;
    *.bzl | WORKSPACE | .bazelrc | third_party/*) labels+=(//...) ;;
    */BUILD.bazel) [[ -e $file ]] && labels+=("//${file%/BUILD.bazel}:*") || labels+=(//...) ;;
    *)
      package=$(package_of "$file") || continue
      # What is gone may have been one of a glob's.
      [[ -e $file ]] && labels+=("//$package:${file#"$package"/}") || labels+=("//$package:*")
      [[ $file == *.h || $file == *.cc ]] && labels+=(//tests:floors_test)
      ;;
  esac
done < <({ git diff --name-only "$base"; git ls-files --others --exclude-standard; } | sort -u)
((${#labels[@]})) || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A file that no target names is no label, and nothing depends on it. Whatever else the query says is an error.
bazel query --keep_going --noshow_progress 2>"$log" "
  let affected = rdeps(//..., set(${labels[*]})) in
  (tests(\$affected) union kind('headers_alone rule', \$affected)) except attr('tags', 'manual', //...)" || true
if errors=$(grep '^ERROR' "$log" | grep -v "no such target"); then
  printf 'changed_tests: %s\n' "$errors" >&2
  exit 1
fi
