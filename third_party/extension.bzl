"""The repositories of deps.bzl that are no modules of the Bazel Central Registry, for MODULE.bazel.

Bazel 4 has no modules: nothing in WORKSPACE loads this file.
"""

load("//third_party:deps.bzl", "SECCOMP")
load("//third_party:system.bzl", "system_repository")
load("//third_party/cpython:repo.bzl", "cpython_repository")
load("//third_party/libtorch:repo.bzl", "libtorch_repository")

# Our labels for Boost -> the registry's modules, one for each of its libraries.
_BOOST = {
    "asio": ["boost.asio"],
    "asio_ssl": ["boost.asio"],
    "beast": ["boost.beast"],
    "headers": ["boost.assert", "boost.locale", "boost.regex", "boost.system"],
    "json": ["boost.json"],
    "url": ["boost.url"],
}

def _boost_modules_impl(rctx):
    lines = ["load(\"@rules_cc//cc:cc_library.bzl\", \"cc_library\")", "package(default_visibility = [\"//visibility:public\"])"]
    for name, modules in _BOOST.items():
        lines.append("cc_library(name = %r, deps = %r)" % (name, ["@" + module for module in modules]))
    rctx.file("BUILD.bazel", "\n".join(lines) + "\n")

_boost_modules = repository_rule(implementation = _boost_modules_impl)

def _torchhub_impl(_mctx):
    _boost_modules(name = "boost")
    system_repository(name = "seccomp", build_file = Label("//third_party/seccomp:overlay.BUILD"), **SECCOMP)
    cpython_repository(name = "cpython", build_file = Label("//third_party/cpython:overlay.BUILD"))
    libtorch_repository(name = "libtorch", build_file = Label("//third_party/libtorch:overlay.BUILD"))

torchhub = module_extension(implementation = _torchhub_impl)
