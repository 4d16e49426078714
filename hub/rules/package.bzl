"""torchhub_package: an entry point's model, exported when the program is built."""

def _torchhub_package_impl(ctx):
    package = ctx.actions.declare_file(ctx.label.name + ".pt2")
    repository = ctx.files.repo[0]
    call = ctx.actions.args()
    call.add(package)
    call.add(repository.path)
    call.add(ctx.executable._torchhub)
    call.add(len(ctx.files.checkpoints))
    call.add_all(ctx.files.checkpoints)
    call.add(ctx.attr.entry)
    call.add_all(ctx.attr.arguments)
    call.add_all(ctx.attr.inputs, before_each = "--input")
    if ctx.attr.format:
        call.add("--format", ctx.attr.format)
    ctx.actions.run(
        executable = ctx.executable._export,
        arguments = [call],
        inputs = depset([repository] + ctx.files.checkpoints),
        outputs = [package],
        tools = [ctx.attr._torchhub[DefaultInfo].files_to_run],
        mnemonic = "TorchhubExport",
        progress_message = "Exporting %s of %s" % (ctx.attr.entry, repository.short_path),
        # The compiler that AOTInductor calls is on the usual path.
        use_default_shell_env = True,
        execution_requirements = {"block-network": "1"},
    )
    return [DefaultInfo(files = depset([package]), runfiles = ctx.runfiles([package]))]

torchhub_package = rule(
    doc = """NAME.pt2: the model that an entry point gives, which LibTorch runs without Python.

The repository's code runs, as an action of the build; to depend on the target is to trust it. What it needs of Python is
in the Python that torchhub was built with.""",
    implementation = _torchhub_package_impl,
    attrs = {
        "arguments": attr.string_list(doc = "for the entry point: ARG or KEY=VALUE, as on the command line"),
        "checkpoints": attr.label_list(
            allow_files = True,
            doc = "files that the entry point would download, found by their names",
        ),
        "entry": attr.string(mandatory = True),
        "format": attr.string(values = ["", "aot_inductor", "torchscript"], doc = "'' for what the LibTorch prefers"),
        "inputs": attr.string_list(mandatory = True, doc = "SHAPE:DTYPE, a '?' for a size that may vary"),
        "repo": attr.label(mandatory = True, allow_files = True, doc = "a torchhub_repo, or another folder with a hubconf.py"),
        # In the target's configuration: the package is code for the LibTorch that will open it.
        "_export": attr.label(default = Label("//hub/rules:export.sh"), allow_single_file = True, executable = True, cfg = "target"),
        "_torchhub": attr.label(default = Label("//hub/cli:torchhub"), executable = True, cfg = "target"),
    },
)
