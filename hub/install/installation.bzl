"""torchhub_installation: what `bazel run //hub:install` copies, and where to."""

load("//hub/install:for_installation.bzl", "for_installation")
load("//hub/install:shared_library.bzl", "SharedLibraryInfo")

def _generated(ctx, program, name, command):
    """A file that `program` prints."""
    out = ctx.actions.declare_file(ctx.label.name + ".files/" + name)
    ctx.actions.run_shell(
        outputs = [out],
        inputs = [program],
        command = '"$1" %s > "$2"' % command,
        arguments = [program.path, out.path],
    )
    return out

def _installation_impl(ctx):
    placed = []  # (mode, place below the prefix, file)
    links = []  # (place below the prefix, target)
    for target in ctx.attr.libraries:
        library = target[SharedLibraryInfo]
        placed.append(("755", "lib/" + library.soname, library.library))
        links.append(("lib/lib%s.so" % library.name, library.soname))
    headers = depset(transitive = [target[SharedLibraryInfo].headers for target in ctx.attr.libraries])

    # By their place: a header of a facade belongs to two targets, whose links lead to one file.
    by_place = {}
    for header in headers.to_list():
        # _virtual_includes/TARGET/torchhub/net/url.h
        by_place["include/" + header.path.split("/_virtual_includes/")[1].split("/", 1)[1]] = header
    placed += [("644", place, header) for place, header in by_place.items()]

    # Side by side, where the command looks for the programs that it turns into.
    for program in ctx.files.programs:
        placed.append(("755", "libexec/torchhub/" + program.basename[:-len(".stripped")], program))
    links.append(("bin/torchhub", "../libexec/torchhub/torchhub"))
    command = ctx.files.programs[0]
    for place, arguments in {
        "share/bash-completion/completions/torchhub": "completion bash",
        "share/fish/vendor_completions.d/torchhub.fish": "completion fish",
        "share/man/man1/torchhub.1": "man",
        "share/zsh/site-functions/_torchhub": "completion zsh",
    }.items():
        placed.append(("644", place, _generated(ctx, command, place, arguments)))
    for place, arguments in {
        "lib/cmake/torchhub/torchhub-dependencies.cmake": "cmake",
        "lib/pkgconfig/torchhub-libtorch.pc": "pkg-config",
    }.items():
        placed.append(("644", place, _generated(ctx, ctx.executable.dependencies, place, arguments)))
    for target, place in ctx.attr.data.items():
        for file in target.files.to_list():
            # What ends in .in has @PREFIX@ and @TORCHHUB_VERSION@ in it.
            template = file.basename.endswith(".in")
            placed.append(("template" if template else "644", place + (file.basename[:-3] if template else file.basename), file))

    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest")
    lines = ["%s\t%s\t%s" % (mode, place, file.short_path) for mode, place, file in placed]
    lines += ["link\t%s\t%s" % link for link in links]
    ctx.actions.write(manifest, "\n".join(sorted(depset(lines).to_list())) + "\n")
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._script,
        output = script,
        substitutions = {
            "@MANIFEST@": manifest.short_path,
            "@VERSION@": ctx.attr.version,
        },
        is_executable = True,
    )
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles([file for _mode, _place, file in placed] + [manifest]))]

torchhub_installation = rule(
    implementation = _installation_impl,
    executable = True,
    attrs = {
        "data": attr.label_keyed_string_dict(allow_files = True, cfg = for_installation, doc = "files -> folder below the prefix"),
        "dependencies": attr.label(cfg = for_installation, executable = True, doc = "the program that tells what the libraries were built with"),
        "libraries": attr.label_list(providers = [SharedLibraryInfo]),
        "programs": attr.label_list(
            cfg = for_installation,
            allow_files = [".stripped"],
            doc = "the command first, then what it turns into",
        ),
        "version": attr.string(mandatory = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_script": attr.label(default = Label("//hub/install:install.sh"), allow_single_file = True),
    },
)
