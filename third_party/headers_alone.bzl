"""headers_alone: each header of a room compiled by itself, with nothing but what its target says that it needs."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "CC_TOOLCHAIN_ATTRS", "CC_TOOLCHAIN_TYPE", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

_ACTION = "c++-compile"

# Twice: its guard counts too.
_CHECK = """#!/bin/sh
# check HEADER COMPILER FLAG...
failed=
check() {
  header=$1
  shift
  printf '#include <%s>\\n#include <%s>\\n' "$header" "$header" | "$@" -fsyntax-only -x c++ - || {
    echo "$header does not compile by itself, with what its target depends on" >&2
    failed=yes
  }
}
"""

# Whose tools run: a current Bazel may ask for it (--incompatible_auto_exec_groups), Bazel 4 does not know the parameter.
_BY_TOOLCHAIN = {"toolchain": CC_TOOLCHAIN_TYPE} if hasattr(native, "repo_name") else {}

def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def _headers_alone_impl(ctx):
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["layering_check", "module_maps"],
    )
    compiler = cc_common.get_tool_for_action(feature_configuration = features, action_name = _ACTION)
    script = _CHECK
    inputs = []
    for target, headers in ctx.attr.headers.items():
        context = target[CcInfo].compilation_context
        inputs.append(context.headers)
        variables = cc_common.create_compile_variables(
            feature_configuration = features,
            cc_toolchain = toolchain,
            user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts,
            include_directories = context.includes,
            quote_include_directories = context.quote_includes,
            system_include_directories = context.system_includes,
            preprocessor_defines = context.defines,
        )
        command = [compiler] + cc_common.get_memory_inefficient_command_line(
            feature_configuration = features,
            action_name = _ACTION,
            variables = variables,
        )
        for header in headers.split(" "):
            script += "check " + " ".join([_quoted(word) for word in [header] + command]) + "\n"
    done = ctx.actions.declare_file(ctx.label.name + ".done")
    checks = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(checks, script + '[ -z "$failed" ] && : >"$1"\n', is_executable = True)
    ctx.actions.run(
        executable = checks,
        arguments = [done.path],
        inputs = depset(transitive = inputs + [toolchain.all_files]),
        outputs = [done],
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = _ACTION,
            variables = cc_common.empty_variables(),
        ),
        mnemonic = "HeadersAlone",
        progress_message = "Compiling each header of %s by itself" % ctx.label.package,
        use_default_shell_env = False,
        **_BY_TOOLCHAIN
    )
    return [DefaultInfo(files = depset([done]))]

headers_alone = rule(
    implementation = _headers_alone_impl,
    attrs = dict(CC_TOOLCHAIN_ATTRS, **{
        "copts": attr.string_list(),
        "headers": attr.label_keyed_string_dict(
            mandatory = True,
            providers = [CcInfo],
            doc = "library -> its headers as they are included, with blanks between them",
        ),
    }),
    fragments = ["cpp"],
    toolchains = use_cc_toolchain(),
)
