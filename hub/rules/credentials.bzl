"""What the repository rules send to servers that ask who is there."""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "read_netrc", "use_netrc")

def netrc_credentials(rctx, urls, patterns = {}):
    """Of the user's .netrc, or the file that NETRC names, for ctx.download(): {} without anything for the hosts of `urls`."""
    path = rctx.os.environ.get("NETRC", "") or rctx.os.environ.get("HOME", "") + "/.netrc"
    if not rctx.path(path).exists:
        return {}
    return use_netrc(read_netrc(rctx, path), urls, patterns)

def github_credentials(rctx, url):
    """GITHUB_TOKEN for `url`, else what the user's .netrc has for its host."""
    token = rctx.os.environ.get("GITHUB_TOKEN", "")
    if not token:
        return netrc_credentials(rctx, [url])
    return {url: {"login": "", "password": token, "pattern": "token <password>", "type": "pattern"}}
