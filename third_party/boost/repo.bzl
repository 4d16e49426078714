"""@boost: Debian's Boost of 1.81 or later. What its versions want otherwise is met here and in overlay.BUILD."""

load("//third_party:system.bzl", "own_name", "package_version_define", "require_path")

_INCLUDE = "/usr/include/boost/"
_LEAST = 108100

_COMPILED_PARTS = {
    "asio": "asio/impl/src.hpp",
    "asio_ssl": "asio/ssl/impl/src.hpp",
    "beast": "beast/src.hpp",
    "json": "json/src.hpp",
    "url": "url/src.hpp",
}

# Looked for when it is compiled: a program that takes one part needs no other.
_PART = """#if !__has_include(<boost/{0}>)
#error "@boost: boost/{0} is missing. Run third_party/bootstrap, install Boost 1.81 or later, or declare a repository named 'boost' before torchhub_dependencies()."
#endif
#include <boost/{0}>
"""

def _version(rctx):
    for line in rctx.read(_INCLUDE + "version.hpp").split("\n"):
        if line.startswith("#define BOOST_VERSION "):
            return int(line.split(" ")[-1])
    return 0

def _boost_impl(rctx):
    require_path(rctx, _INCLUDE + "version.hpp", ["Boost 1.81 or later"])
    version = _version(rctx)
    if version < _LEAST:
        fail("@%s: Boost in %s is %d.%d, and torchhub needs 1.81 or later. Install that, or declare a repository named '%s' before torchhub_dependencies()." %
             (own_name(rctx), _INCLUDE, version // 100000, version // 100 % 1000, own_name(rctx)))
    for part, header in _COMPILED_PARTS.items():
        rctx.file(part + ".cc", _PART.format(header))

    # 1.81 is the last whose URL is in its headers. A later one's archive is not for shared libraries.
    library = version > 108199
    rctx.template("BUILD.bazel", rctx.attr.build_file, {
        "%{DEFINES}": repr(package_version_define(rctx, ["libboost1.8[1-9]-dev"])),
        "%{URL_DEFINES}": repr(["BOOST_URL_DYN_LINK"] if library else []),
        "%{URL_LINKOPTS}": repr(["-lboost_url"] if library else []),
        "%{URL_SRCS}": repr([] if library else ["url.cc"]),
    })
    rctx.file("WORKSPACE", "")

boost_repository = repository_rule(
    implementation = _boost_impl,
    local = True,
    configure = True,
    environ = ["TORCHHUB_INSTALLED"],
    attrs = {"build_file": attr.label(mandatory = True, doc = "BUILD overlay")},
)
