#!/usr/bin/env bash
# Builds torchhub, optimised, then lists, describes, loads and runs a model from a hub repository, as a user would.
# The repository is hub/examples/digits, served on 127.0.0.1 by a server that answers as GitHub does.
# Run it twice: the second time everything comes from the cache that the first left.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

echo "quickstart: 1 of 3, what this machine lacks (Debian packages, .venv with LibTorch); nothing if it is all there" >&2
third_party/bootstrap
echo "quickstart: 2 of 3, compiling torchhub and BoringSSL, optimised: some 4 to 6 minutes on two processors, once;
            [done / all] counts the steps, and more come to light in the first half minute" >&2
third_party/bazel build --config=opt --noshow_loading_progress --show_progress_rate_limit=5 \
  //hub/cli:torchhub //hub/examples:run_model //tests/support:hub_server
echo "quickstart: 3 of 3, a server on this machine that answers as GitHub does, and torchhub at work with it" >&2

examples=$root/hub/examples
state=$(mktemp -d)
bazel-bin/tests/support/hub_server --state "$state" \
  --branch "acme/digits:main=$examples/digits" --release "acme/digits:v1=$examples/digits_release" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$state"' EXIT
for _ in $(seq 100); do
  [[ -s $state/url ]] && break
  sleep 0.1
done
[[ -s $state/url ]] || { echo "quickstart: the server did not start" >&2; exit 1; }

# What a program needs to use another GitHub than the public one.
GITHUB_SERVER_URL=$(<"$state/url")
export GITHUB_SERVER_URL GITHUB_API_URL=$GITHUB_SERVER_URL/api/v3 SSL_CERT_FILE=$state/ca.pem
export TORCH_HOME=$examples/.quickstart
# The Python that was built with, whatever environment is active in the shell that this was started from.
unset TORCHHUB_VENV VIRTUAL_ENV PYTHONPATH
PATH=$root/bazel-bin/hub/cli:$root/bazel-bin/hub/examples:$PATH

show() {
  printf '\n$ %s\n' "$*"
  "$@" 2>&1 | sed "s#$root/##g"
}
show torchhub list acme/digits
show torchhub help acme/digits digit_reader
show torchhub load acme/digits digit_reader pretrained=true --trust-repo --run "${examples#"$root"/}/seven.pt"
show torchhub state-dict "$GITHUB_SERVER_URL/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth" --check-hash
show run_model "${examples#"$root"/}/seven.pt"

printf '\nThe cache, %s:\n' "$(torchhub cache dir | sed "s#^$root/##")"
(cd "$TORCH_HOME/hub" && find . -type f -not -path '*/__pycache__/*' | sort | sed 's#^\./#  #')
kill "$server"
wait "$server" || true
printf '\nThe server was asked for:\n'
if [[ -s $state/requests ]]; then sed 's/^/  /' "$state/requests"; else echo '  nothing'; fi
