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

def _stub_repository_impl(rctx):
    rctx.file("WORKSPACE", "")
    for path, text in rctx.attr.files.items():
        rctx.file(path, text, executable = path.endswith(".sh"))

_stub_repository = repository_rule(
    implementation = _stub_repository_impl,
    attrs = {"files": attr.string_dict(doc = "path in the repository -> its text")},
)

def torchhub_offline_stubs():
    """Declares @rules_cc, @rules_java and @remote_coverage_tools, each only if the workspace has none yet."""
    stubs = {
        # cc_library.bzl and its like: how files written for a newer Bazel load one rule.
        "rules_cc": dict(
            {"cc/BUILD": "", "cc/defs.bzl": _native_rules(_CC_RULES)},
            **{"cc/%s.bzl" % name: _native_rules([name]) for name in ["cc_binary", "cc_import", "cc_library", "cc_test"]}
        ),
        "rules_java": {"java/BUILD": "", "java/defs.bzl": _native_rules(_JAVA_RULES)},
        "remote_coverage_tools": {"BUILD": _COVERAGE_BUILD, "not_here.sh": _NOT_HERE},
    }
    for name, files in stubs.items():
        if not native.existing_rule(name):
            _stub_repository(name = name, files = files)
