"""torchhub_checkpoint: a published file of weights as a repository."""

load("//hub/rules:credentials.bzl", "netrc_credentials")
load("//hub/rules:pins.bzl", "file_name_of_url", "own_name", "require_hex")

_BUILD = """package(default_visibility = ["//visibility:public"])

exports_files([{file}])

alias(
    name = {name},
    actual = {file},
)
"""

def _torchhub_checkpoint_impl(rctx):
    require_hex(rctx, "sha256", rctx.attr.sha256, 64)
    name = rctx.attr.file_name or file_name_of_url(rctx.attr.url)
    if not name or "/" in name or name in [".", "..", own_name(rctx)]:
        fail("@%s: %s does not end in the name of a file; say file_name" % (own_name(rctx), rctx.attr.url))
    urls = [rctx.attr.url] + rctx.attr.mirrors
    rctx.download(urls, name, rctx.attr.sha256, auth = netrc_credentials(rctx, urls, rctx.attr.auth_patterns))
    rctx.file("WORKSPACE", "")
    rctx.file("BUILD.bazel", _BUILD.format(file = repr(name), name = repr(own_name(rctx))))

torchhub_checkpoint = repository_rule(
    doc = """A file of weights: @NAME is the file, under the name that load_state_dict_from_url would give it.

Bazel's own downloader fetches it, so that --downloader_config, --distdir and the repository cache hold. What the
user's .netrc has for a host is sent to it, by HTTP's basic scheme if `auth_patterns` says nothing else.""",
    implementation = _torchhub_checkpoint_impl,
    attrs = {
        "auth_patterns": attr.string_dict(doc = "host to Authorization header, as {\"example.com\": \"Bearer <password>\"}"),
        "file_name": attr.string(doc = "the file's name, if it is not the URL's last part"),
        "mirrors": attr.string_list(doc = "where else the same file lies"),
        "sha256": attr.string(mandatory = True, doc = "of the whole file: 64 hexadecimal digits"),
        "url": attr.string(mandatory = True),
    },
)
