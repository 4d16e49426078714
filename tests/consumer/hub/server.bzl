"""Where ../run.sh has its server: at another port each time."""

def _server_impl(rctx):
    rctx.file("BUILD.bazel", "")
    rctx.file("url.bzl", "SERVER_URL = %s\n" % repr(rctx.os.environ.get("GITHUB_SERVER_URL", "https://127.0.0.1")))

server = repository_rule(implementation = _server_impl, environ = ["GITHUB_SERVER_URL"])
