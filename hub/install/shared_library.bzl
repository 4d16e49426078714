"""torchhub_shared_library: a room as a shared library for builds without Bazel."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "CC_TOOLCHAIN_ATTRS", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//hub/install:for_installation.bzl", "for_installation")

SharedLibraryInfo = provider(fields = {
    "folders": "packages whose code is in the library, without those of its dependencies",
    "headers": "depset of the headers that are installed with it",
    "library": "the .so",
    "name": "torchhub_archive of libtorchhub_archive.so",
    "soname": "the name that programs ask the loader for",
})

def _repository(label):
    # Bazel 4 has no repo_name, and a current one keeps workspace_name for a while.
    return label.repo_name if hasattr(label, "repo_name") else label.workspace_name

def _lies_in(label, folders):
    """Whether a target of this repository lies in one of `folders` or below."""
    if _repository(label) != _repository(Label("//:WORKSPACE")):
        return False
    return any([label.package == folder or label.package.startswith(folder + "/") for folder in folders])

def _version_script(ctx):
    script = ctx.actions.declare_file(ctx.label.name + ".lds")
    lines = []
    for namespace in ctx.attr.namespaces:
        mangled = "".join(["%d%s" % (len(part), part) for part in namespace.split("::")])

        # Functions, const member functions, tables and type information, guards, statics of functions.
        lines += ["    _Z%sN%s%s*;" % (kind, const, mangled) for kind in ["", "T?", "GV", "GVZ", "Z", "TH", "TW"] for const in ["", "K"]]
    ctx.actions.write(script, "{\n  global:\n%s\n  local:\n    *;\n};\n" % "\n".join(lines))
    return script

def _shared_library_impl(ctx):
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    room = ctx.attr.room[CcInfo]
    below = [dep[SharedLibraryInfo] for dep in ctx.attr.shared_deps]
    folders_below = [folder for info in below for folder in info.folders]
    ours = []
    foreign = []
    flags = []
    for linker_input in room.linking_context.linker_inputs.to_list():
        flags += [flag for flag in linker_input.user_link_flags if flag not in flags or flag.startswith("-Wl,")]
        for library in linker_input.libraries:
            archive = library.pic_static_library or library.static_library
            if not archive:
                fail("%s: %s has no archive" % (ctx.label, linker_input.owner))
            if _lies_in(linker_input.owner, folders_below):
                continue
            (ours if _lies_in(linker_input.owner, ctx.attr.folders) else foreign).append(archive)
    script = _version_script(ctx)
    name = ctx.attr.library_name
    soname = "lib%s.so.%s" % (name, ctx.attr.abi)

    # Of what a library below has too, that one's counts: Asio's state must be there once.
    link_flags = (["-Wl,--whole-archive"] + [archive.path for archive in ours] + ["-Wl,--no-whole-archive"] +
                  [info.library.path for info in below] +
                  ["-Wl,--start-group"] + [archive.path for archive in foreign] + ["-Wl,--end-group"] + flags +
                  ["-Wl,--version-script=" + script.path, "-Wl,-soname," + soname, "-Wl,-rpath,$ORIGIN", "-Wl,-z,defs", "-s"])
    linked = cc_common.link(
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        name = name,
        output_type = "dynamic_library",
        user_link_flags = link_flags,
        additional_inputs = ours + foreign + [info.library for info in below] + [script],
    )
    library = linked.library_to_link.resolved_symlink_dynamic_library or linked.library_to_link.dynamic_library
    headers = [header for header in room.compilation_context.headers.to_list() if "/_virtual_includes/" in header.path]
    return [
        DefaultInfo(files = depset([library])),
        SharedLibraryInfo(
            folders = ctx.attr.folders + folders_below,
            headers = depset(headers),
            library = library,
            name = name,
            soname = soname,
        ),
    ]

torchhub_shared_library = rule(
    doc = "lib<library_name>.so of everything public in a room. What it links with besides stays inside it, unseen.",
    implementation = _shared_library_impl,
    cfg = for_installation,
    attrs = dict(CC_TOOLCHAIN_ATTRS, **{
        "abi": attr.string(mandatory = True, doc = "the soname's number: programs that were linked with another do not start"),
        "folders": attr.string_list(mandatory = True, doc = "packages whose code goes in as a whole"),
        "library_name": attr.string(mandatory = True),
        "namespaces": attr.string_list(mandatory = True, doc = "whose symbols are seen from outside"),
        "room": attr.label(mandatory = True, providers = [CcInfo]),
        "shared_deps": attr.label_list(providers = [SharedLibraryInfo], doc = "whose code is not put in again"),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    }),
    fragments = ["cpp"],
    toolchains = use_cc_toolchain(),
)

def _room_archives_impl(ctx):
    archives = []
    for linker_input in ctx.attr.room[CcInfo].linking_context.linker_inputs.to_list():
        if _lies_in(linker_input.owner, ctx.attr.folders):
            archives += [library.pic_static_library or library.static_library for library in linker_input.libraries]
    return [DefaultInfo(files = depset(archives), runfiles = ctx.runfiles(archives))]

room_archives = rule(
    doc = "What torchhub_shared_library puts into a library as a whole, for a look at its symbols.",
    implementation = _room_archives_impl,
    attrs = {
        "folders": attr.string_list(mandatory = True),
        "room": attr.label(mandatory = True, providers = [CcInfo]),
    },
)
