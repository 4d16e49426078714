"""torchhub_repo: a repository with a hubconf.py, pinned by the digest of its tree."""

load("//hub/rules:credentials.bzl", "github_credentials")
load("//hub/rules:pins.bzl", "own_label", "own_name", "require_hex")

# One file: a tree could hold BUILD files of its own, across which no glob reaches.
_BUILD = """load({rules}, "unpacked_tree")

unpacked_tree(
    name = {name},
    archive = "tree.tar",
    folder = {folder},
    visibility = ["//visibility:public"],
)
"""

def _only_folder(rctx, url):
    entries = rctx.path("unpacked").readdir()
    if len(entries) != 1:
        fail("@%s: %s holds %d entries at the top instead of one folder" % (own_name(rctx), url, len(entries)))
    return entries[0]

# What stands in a URL's path as it is (RFC 3986 section 3.3).
_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"

def _in_url(rctx, ref):
    """The ref, of which the rest is percent-encoded: git allows in it what means something else in a URL, or nothing."""
    if all([c in _UNRESERVED for c in ref.elems()]):
        return ref

    # No function of this language gives a byte's number.
    rctx.file("ref", ref, legacy_utf8 = False)
    octets = rctx.execute(["od", "-An", "-v", "-tx1", "ref"])
    rctx.delete("ref")
    if octets.return_code:
        fail("@%s: od: %s" % (own_name(rctx), octets.stderr.strip()))
    plain = ref.elems()
    numbers = [number for number in octets.stdout.replace("\n", " ").split(" ") if number]
    return "".join([plain[i] if plain[i] in _UNRESERVED else "%" + numbers[i].upper() for i in range(len(numbers))])

def _torchhub_repo_impl(rctx):
    require_hex(rctx, "tree_sha256", rctx.attr.tree_sha256, 64)
    if len([part for part in rctx.attr.github.split("/") if part]) != 2:
        fail("@%s: github is '%s', not OWNER/NAME" % (own_name(rctx), rctx.attr.github))
    server = rctx.os.environ.get("GITHUB_SERVER_URL", "") or "https://github.com"
    url = "%s/%s/zipball/%s" % (server, rctx.attr.github, _in_url(rctx, rctx.attr.commit or rctx.attr.ref))

    # GitHub packs the archive anew for each download: its own digest would not hold, its tree's does.
    rctx.download(url, "repository.zip", auth = github_credentials(rctx, url))
    rctx.extract("repository.zip", "unpacked")
    tree = _only_folder(rctx, url)
    digest = rctx.execute([rctx.path(rctx.attr._tree_digest), tree])
    if digest.return_code:
        fail("@%s: the tree from %s could not be read: %s" % (own_name(rctx), url, digest.stderr.strip()))
    if digest.stdout.strip() != rctx.attr.tree_sha256:
        fail("@%s: the tree of %s from %s is %s, not tree_sha256 %s" %
             (own_name(rctx), rctx.attr.github, url, digest.stdout.strip(), rctx.attr.tree_sha256))

    # What the digest leaves out is nobody's to run.
    compiled = ["(", "-name", "__pycache__", "-o", "-name", "*.pyc", "!", "-type", "d", ")"]
    cleared = rctx.execute(["find", tree] + compiled + ["-prune", "-exec", "rm", "-rf", "{}", "+"])
    if cleared.return_code:
        fail("@%s: what Python compiled cannot be removed: %s" % (own_name(rctx), cleared.stderr.strip()))
    packed = rctx.execute(["tar", "-cf", "tree.tar", "--sort=name", "--owner=0", "--group=0", "--mtime=@0", "-C", tree, "."])
    if packed.return_code:
        fail("@%s: tar: %s" % (own_name(rctx), packed.stderr.strip()))
    rctx.delete("unpacked")
    rctx.delete("repository.zip")
    rctx.file("WORKSPACE", "")
    folder = "%s_%s" % (rctx.attr.github.replace("/", "_"), (rctx.attr.ref or rctx.attr.commit).replace("/", "_"))
    rctx.file("BUILD.bazel", _BUILD.format(
        folder = repr(folder),
        name = repr(own_name(rctx)),
        rules = repr(own_label("//hub/rules:unpacked_tree.bzl")),
    ))

torchhub_repo = repository_rule(
    doc = """A GitHub repository: @NAME is its folder, named as in torch.hub's cache.

GITHUB_SERVER_URL names another server than the public one, and GITHUB_TOKEN opens private repositories, as for the
command. Without a token, what the user's .netrc has for the server is sent. Neither follows a redirect.""",
    implementation = _torchhub_repo_impl,
    environ = ["GITHUB_SERVER_URL"],
    attrs = {
        "commit": attr.string(doc = "what to fetch, where it is known; else `ref`"),
        "github": attr.string(mandatory = True, doc = "OWNER/NAME"),
        "ref": attr.string(mandatory = True, doc = "branch, tag or commit: also part of the folder's name"),
        "tree_sha256": attr.string(mandatory = True, doc = "as `torchhub lock` writes it, under \"tree\""),
        "_tree_digest": attr.label(default = Label("//hub/rules:tree_digest.sh"), allow_single_file = True),
    },
)
