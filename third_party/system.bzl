"""A repository made of what the operating system's packages have installed."""

def own_name(rctx):
    """The repository's name in this project: of a module extension's, Bazel knows it behind the module's ("+" from 8 on)."""
    return rctx.name.split("~")[-1].split("+")[-1]

def require_path(rctx, path, packages):
    """Fails with one sentence that says what to install or how to replace the repository."""
    if rctx.path(path).exists:
        return
    name = own_name(rctx)
    replace = "declare a repository named '%s' before torchhub_dependencies()" % name
    if name != rctx.name:
        replace = "replace '%s' of //third_party:extension.bzl by override_repo()" % name
    fail("@%s: %s is missing. Run third_party/bootstrap, install %s, or %s." % (name, path, " ".join(packages), replace))

def identifier(text):
    """`text` with everything but letters and digits replaced, fit for the name of a define."""
    return "".join([c if c.isalnum() else "_" for c in text.elems()])

def package_version_define(rctx, packages):
    """A list with one define that changes when the packages do.

    Headers under /usr/include are built in to the toolchain: Bazel does not see an upgrade by itself.
    """
    query = rctx.execute(["dpkg-query", "-W", "-f", "${Version}-"] + packages) if packages else None
    if not query or query.return_code:
        return []
    return ["TORCHHUB_SYSTEM_%s_%s" % (identifier(own_name(rctx).upper()), identifier(query.stdout.strip("-")))]

def _system_repository_impl(rctx):
    for path in rctx.attr.probe:
        require_path(rctx, path, rctx.attr.packages)
    for link, target in rctx.attr.links.items():
        rctx.symlink(target, link)
    for path, text in rctx.attr.files.items():
        rctx.file(path, text)
    rctx.template("BUILD.bazel", rctx.attr.build_file, {
        "%{DEFINES}": repr(package_version_define(rctx, rctx.attr.packages)),
    })
    rctx.file("WORKSPACE", "")

system_repository = repository_rule(
    implementation = _system_repository_impl,
    local = True,
    configure = True,
    environ = ["TORCHHUB_INSTALLED"],
    attrs = {
        "build_file": attr.label(mandatory = True, doc = "BUILD overlay; %{DEFINES} becomes the version define"),
        "files": attr.string_dict(doc = "path in the repository -> its text"),
        "links": attr.string_dict(doc = "path in the repository -> folder of the system"),
        "packages": attr.string_list(doc = "Debian packages, for messages and the version define"),
        "probe": attr.string_list(doc = "paths that must exist"),
    },
)
