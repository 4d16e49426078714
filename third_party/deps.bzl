"""Declares every repository that torchhub builds with; one that the workspace has already is left alone.

A replacement offers the same labels: @boost//:{headers,asio,asio_ssl,beast,json,url},
@boringssl//:{crypto,ssl}, @zlib//:zlib, @seccomp//:seccomp, @cli11//:cli11, @cpython//:{embed,pybind11},
@libtorch//:{libtorch,torch_python}, @googletest//:{gtest,gtest_main}, @google_benchmark//:benchmark_main.
"""

load("//third_party:system.bzl", "system_repository")
load("//third_party/boost:repo.bzl", "boost_repository")
load("//third_party/boringssl:repo.bzl", "boringssl_repository")
load("//third_party/cpython:repo.bzl", "cpython_repository")
load("//third_party/libtorch:repo.bzl", "libtorch_repository")

# Of no registry: extension.bzl declares it, too.
SECCOMP = {
    "packages": ["libseccomp-dev"],
    "probe": ["/usr/include/seccomp.h"],
}

def _maybe(rule, name, **kwargs):
    if not native.existing_rule(name):
        rule(name = name, build_file = Label("//third_party/%s:overlay.BUILD" % name), **kwargs)

def torchhub_dependencies():
    _maybe(boost_repository, name = "boost")
    _maybe(system_repository, name = "zlib", packages = ["zlib1g-dev"], probe = ["/usr/include/zlib.h"])
    _maybe(system_repository, name = "seccomp", **SECCOMP)
    _maybe(system_repository, name = "cli11", packages = ["libcli11-dev"], probe = ["/usr/include/CLI/CLI.hpp"])
    _maybe(
        system_repository,
        name = "googletest",
        packages = ["libgtest-dev", "libgmock-dev"],
        probe = ["/usr/src/googletest/googletest/src/gtest-all.cc"],
        links = {
            "googlemock": "/usr/src/googletest/googlemock",
            "googletest": "/usr/src/googletest/googletest",
        },
    )
    _maybe(
        system_repository,
        name = "google_benchmark",
        packages = ["libbenchmark-dev"],
        probe = ["/usr/include/benchmark/benchmark.h"],
    )
    _maybe(boringssl_repository, name = "boringssl")
    _maybe(cpython_repository, name = "cpython")
    _maybe(libtorch_repository, name = "libtorch")
