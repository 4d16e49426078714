"""Writes a module registry that stands in for the Bazel Central Registry: registry.py MODULE.bazel FOLDER BORINGSSL.

It has the modules that MODULE.bazel names, in exactly those versions, with the targets that torchhub asks them for:
made of what the distribution's packages have installed, and of the unpacked BoringSSL in BORINGSSL. Modules that a
distribution's Bazel brings itself (rules_cc and its like) are --override_module's. Fails if MODULE.bazel names another.
"""

import ast
import json
import os
import sys

PREAMBLE = """load("@rules_cc//cc:cc_library.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])
"""

# The registry's Asio: one target, TLS by a flag.
ASIO = PREAMBLE + """
load(":flag.bzl", "string_flag")

string_flag(
    name = "ssl",
    build_setting_default = "no_ssl",
    visibility = ["//visibility:public"],
)

config_setting(name = "boringssl", flag_values = {":ssl": "boringssl"})

genrule(
    name = "src",
    outs = ["src.cc"],
    cmd = "echo '#include <boost/asio/impl/src.hpp>' >$@",
)

genrule(
    name = "ssl_src",
    outs = ["ssl_src.cc"],
    cmd = "echo '#include <boost/asio/ssl/impl/src.hpp>' >$@",
)

cc_library(
    name = "boost.asio",
    srcs = ["src.cc"] + select({":boringssl": ["ssl_src.cc"], "//conditions:default": []}),
    defines = ["BOOST_ASIO_SEPARATE_COMPILATION"],
    linkopts = ["-lpthread"],
    deps = select({":boringssl": ["@boringssl//:ssl"], "//conditions:default": []}),
)
"""

FLAG = """string_flag = rule(
    implementation = lambda ctx: [],
    build_setting = config.string(flag = True),
)
"""

GOOGLETEST = PREAMBLE + """
cc_library(
    name = "gtest",
    linkopts = ["-lgmock", "-lgtest", "-lpthread"],
)

cc_library(
    name = "gtest_main",
    linkopts = ["-lgmock_main"],
    deps = [":gtest"],
)
"""


def compiled(name, source):
    """A library of which the distribution has headers alone: one line of ours compiles it."""
    return PREAMBLE + f"""
genrule(
    name = "src",
    outs = ["src.cc"],
    cmd = "echo '#include <{source}>' >$@",
)

cc_library(
    name = "{name}",
    srcs = ["src.cc"],
)
"""


def headers(name, **attributes):
    lines = "".join(f"    {key} = {json.dumps(value)},\n" for key, value in attributes.items())
    return PREAMBLE + f"""
cc_library(
    name = "{name}",
{lines})
"""


STAND_INS = {
    "boost.asio": ASIO,
    "boost.assert": headers("boost.assert"),
    "boost.beast": headers("boost.beast", deps=["@boost.asio"]),
    "boost.json": compiled("boost.json", "boost/json/src.hpp"),
    "boost.locale": headers("boost.locale"),
    "boost.regex": headers("boost.regex"),
    "boost.system": headers("boost.system"),
    "boost.url": headers("boost.url", linkopts=["-lboost_url"]),
    "cli11": headers("cli11"),
    "google_benchmark": headers("benchmark_main", linkopts=["-lbenchmark_main", "-lbenchmark", "-lpthread"]),
    "googletest": GOOGLETEST,
    "zlib": headers("zlib", linkopts=["-lz"]),
}

# What each stands on.
DEPENDENCIES = {
    "boost.asio": ["boringssl", "rules_cc"],
    "boost.beast": ["boost.asio", "rules_cc"],
    "boringssl": ["platforms", "rules_cc"],
}

# What the central registry has, looked up there: a version that it lacks resolves nowhere else either.
SEEN = {
    "boost.asio": "1.90.0.bcr.1",
    "boost.assert": "1.90.0.bcr.1",
    "boost.beast": "1.90.0.bcr.1",
    "boost.json": "1.90.0.bcr.1",
    "boost.locale": "1.90.0.bcr.1",
    "boost.regex": "1.90.0.bcr.1",
    "boost.system": "1.90.0.bcr.1",
    "boost.url": "1.90.0.bcr.1",
    "boringssl": "0.20251002.0",
    "cli11": "2.6.2",
    "google_benchmark": "1.9.4",
    "googletest": "1.17.0.bcr.1",
    "platforms": "1.0.0",
    "rules_cc": "0.2.16",
    "rules_shell": "0.6.1",
    "zlib": "1.3.1.bcr.8",
}

# Not of this registry.
BROUGHT = ["platforms", "rules_cc", "rules_shell"]

# Bazel 7's own, and rules_cc's, of which nothing here asks for more than that they are there.
EMPTY = [
    ("apple_support", "1.23.1"),
    ("buildozer", "7.1.2"),
    ("protobuf", "3.19.6"),
    ("protobuf", "21.7"),
    ("protobuf", "27.0"),
    ("zlib", "1.3.1.bcr.3"),
]


def module_dependencies(path):
    """name -> version of each bazel_dep()."""
    with open(path, encoding="utf-8") as file:
        calls = [node.value for node in ast.parse(file.read()).body if isinstance(node, ast.Expr)]
    found = {}
    for call in calls:
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "bazel_dep":
            values = {keyword.arg: keyword.value.value for keyword in call.keywords}
            found[values["name"]] = values["version"]
    return found


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    module_file, folder, boringssl = sys.argv[1:]
    versions = module_dependencies(module_file)

    def add(name, version, source, build):
        text = f'module(name = "{name}", version = "{version}")\n'
        for needed in DEPENDENCIES.get(name, ["rules_cc"] if build else []):
            text += f'bazel_dep(name = "{needed}", version = "{versions[needed]}")\n'
        entry = f"{folder}/modules/{name}/{version}"
        write(entry + "/MODULE.bazel", text)
        write(entry + "/source.json", json.dumps({"type": "local_path", "path": source}))
        if build is not None:
            write(source + "/MODULE.bazel", text)
            write(source + "/BUILD.bazel", build)

    write(folder + "/bazel_registry.json", "{}")
    for name, version in versions.items():
        if version != SEEN.get(name):
            sys.exit(f"registry.py: MODULE.bazel names {name} {version}, which was not seen in the central registry")
        if name == "boringssl":
            add(name, version, boringssl, None)
        elif name in STAND_INS:
            add(name, version, f"{folder}/sources/{name}", STAND_INS[name])
        elif name not in BROUGHT:
            sys.exit(f"registry.py: {name} has no stand-in")
    write(f"{folder}/sources/boost.asio/flag.bzl", FLAG)
    for name, version in EMPTY:
        add(name, version, f"{folder}/sources/empty", "")


main()
