"""Stand-ins for the repositories that Bazel 4 itself would download for its C++ and Java rules.

For a Bazel that must build without a network. A monorepo has the real ones and does not call this.
"""

_CC_RULES = [
    "cc_binary",
    "cc_import",
    "cc_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_suite",
    "fdo_prefetch_hints",
    "fdo_profile",
    "objc_import",
    "objc_library",
]

_JAVA_RULES = [
    "java_binary",
    "java_import",
    "java_library",
    "java_lite_proto_library",
    "java_package_configuration",
    "java_plugin",
    "java_proto_library",
    "java_runtime",
    "java_test",
    "java_toolchain",
]

# Every test depends on it, though only `bazel coverage` runs it.
_COVERAGE_BUILD = """
sh_binary(
    name = "coverage_report_generator",
    srcs = ["not_here.sh"],
    visibility = ["//visibility:public"],
)
"""

_NOT_HERE = """#!/bin/sh
echo "coverage reports need Bazel's own coverage tools, which this build has only a stand-in for" >&2
exit 1
"""

def _native_rules(names):
    return "".join(["%s = native.%s\n" % (name, name) for name in names])

# Built in to Bazel 4, loaded from rules_cc by files that a newer Bazel reads too. A file cannot give a built-in
# its own name again: hence two.
_CC_COMMON_BUILTINS = """builtin_cc_common = cc_common
BuiltinCcInfo = CcInfo
"""

_CC_COMMON = """load(":builtins.bzl", "builtin_cc_common")
cc_common = builtin_cc_common
"""

_CC_INFO = """load(":builtins.bzl", "BuiltinCcInfo")
CcInfo = BuiltinCcInfo
"""

_FIND_CC_TOOLCHAIN = """load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

CC_TOOLCHAIN_TYPE = "@bazel_tools//tools/cpp:toolchain_type"

CC_TOOLCHAIN_ATTRS = {"_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain")}

def find_cc_toolchain(ctx):
    return find_cpp_toolchain(ctx)

def use_cc_toolchain():
    return [CC_TOOLCHAIN_TYPE]
"""

def _stub_repository_impl(rctx):
    rctx.file("WORKSPACE", "")
    for path, text in rctx.attr.files.items():
        rctx.file(path, text, executable = path.endswith(".sh"))

_stub_repository = repository_rule(
    implementation = _stub_repository_impl,
    attrs = {"files": attr.string_dict(doc = "path in the repository -> its text")},
)

def torchhub_offline_stubs():
    """Declares stand-ins for the repositories below, each only if the workspace has none yet."""
    stubs = {
        # cc_library.bzl and its like: how files written for a newer Bazel load one rule.
        "rules_cc": dict(
            {
                "cc/BUILD": "",
                "cc/common/BUILD": "",
                "cc/common/builtins.bzl": _CC_COMMON_BUILTINS,
                "cc/common/cc_common.bzl": _CC_COMMON,
                "cc/common/cc_info.bzl": _CC_INFO,
                "cc/defs.bzl": _native_rules(_CC_RULES),
                "cc/find_cc_toolchain.bzl": _FIND_CC_TOOLCHAIN,
            },
            **{"cc/%s.bzl" % name: _native_rules([name]) for name in ["cc_binary", "cc_import", "cc_library", "cc_test"]}
        ),
        "rules_shell": {
            "shell/BUILD": "",
            "shell/sh_binary.bzl": _native_rules(["sh_binary"]),
            "shell/sh_test.bzl": _native_rules(["sh_test"]),
        },
        "rules_java": {"java/BUILD": "", "java/defs.bzl": _native_rules(_JAVA_RULES)},
        "remote_coverage_tools": {"BUILD": _COVERAGE_BUILD, "not_here.sh": _NOT_HERE},
    }
    for name, files in stubs.items():
        if not native.existing_rule(name):
            _stub_repository(name = name, files = files)
