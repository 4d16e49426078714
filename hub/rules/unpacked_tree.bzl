"""unpacked_tree: a tar archive as a folder."""

def _unpacked_tree_impl(ctx):
    folder = ctx.actions.declare_directory(ctx.attr.folder)
    ctx.actions.run_shell(
        inputs = [ctx.file.archive],
        outputs = [folder],
        # Bazel takes no folder with links that lead nowhere.
        command = 'tar -xf "$1" -C "$2" && find -L "$2" -type l -delete',
        arguments = [ctx.file.archive.path, folder.path],
        mnemonic = "Untar",
    )
    return [DefaultInfo(files = depset([folder]), runfiles = ctx.runfiles([folder]))]

unpacked_tree = rule(
    implementation = _unpacked_tree_impl,
    attrs = {
        "archive": attr.label(mandatory = True, allow_single_file = [".tar"]),
        "folder": attr.string(mandatory = True, doc = "the folder's name"),
    },
)
