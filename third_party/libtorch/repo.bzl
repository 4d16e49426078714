"""@libtorch: the torch package of the chosen Python, or the unpacked LibTorch that LIBTORCH_PATH names."""

load("//third_party:system.bzl", "identifier", "own_name", "package_version_define", "require_path")
load("//third_party/cpython:repo.bzl", "probe_python", "python_attrs", "python_environ")
load("//third_party/libtorch:shadow_list_h.bzl", "shadow_list_h")

_SUPPORTED = ["1.13", "2."]

# LibTorch's functions take strings, and whoever calls them has his from code that knows nothing of LibTorch. So the whole
# build is of one kind, which a repository rule cannot see to; a define for LibTorch's own users would end in a linker's
# thousand lines.
_STRING_ABI = """#include <string>
#if defined(__GLIBCXX__) && _GLIBCXX_USE_CXX11_ABI != {abi}
#error "@libtorch: torch {version} in {folder} was compiled with libstdc++'s {age} std::string, and this build is with the {other} one: {remedy}"
#endif
"""

_OLD_STRING = "give --cxxopt=-D_GLIBCXX_USE_CXX11_ABI=0 to all that bazel builds (a line of a .bazelrc), or take torch 2.7 or later, whose wheels have the new one."
_NEW_STRING = "leave out --cxxopt=-D_GLIBCXX_USE_CXX11_ABI=0."

def _unpacked_libtorch(rctx, root):
    """The facts of probe.py for a LibTorch that has no Python."""
    require_path(rctx, root + "/include/torch/csrc/api/include/torch/torch.h", ["an unpacked LibTorch"])
    old_abi = rctx.execute(["grep", "-q", "_ZN3c105ErrorC1ENS_14SourceLocationESs", root + "/lib/libc10.so"]).return_code == 0
    version = ""
    for candidate in [root + "/build-version", root + "/version.py"]:
        if not version and rctx.path(candidate).exists:
            text = rctx.read(candidate)
            if "__version__ = " in text:
                text = text.split("__version__ = ")[1].split("\n")[0].strip("'\"")
            version = text.strip()
    return {
        "folder": root,
        "version": version,
        "include": root + "/include",
        "libraries": root + "/lib",
        "cxx11_abi": 0 if old_abi else 1,
    }

def _libtorch_impl(rctx):
    unpacked = rctx.os.environ.get("LIBTORCH_PATH", "")
    if unpacked:
        torch = _unpacked_libtorch(rctx, unpacked)
    else:
        python = probe_python(rctx)
        torch = python["torch"]
        if not torch:
            fail("@%s: %s has no torch. Install one (pip install torch, or python3-torch), name another Python with --repo_env=TORCHHUB_PYTHON, or an unpacked LibTorch with --repo_env=LIBTORCH_PATH." %
                 (own_name(rctx), python["executable"]))
    if not [prefix for prefix in _SUPPORTED if torch["version"].startswith(prefix)]:
        fail("@%s: torch '%s' in %s is not supported: torchhub is built with 1.13 or 2.x." %
             (own_name(rctx), torch["version"], torch["folder"]))

    # Debian's package keeps its headers in /usr/include, which is built in to the toolchain.
    system = torch["libraries"].startswith("/usr/lib")
    if system:
        include = "/usr/include"
        require_path(rctx, include + "/torch/csrc/api/include/torch/torch.h", ["libtorch-dev"])
        rctx.symlink(include + "/torch/csrc/api/include", "api")
        search = []
        defines = package_version_define(rctx, ["libtorch-dev"])
    else:
        include = torch["include"]
        rctx.symlink(include, "include")
        search = ["-L" + torch["libraries"], "-Wl,-rpath," + torch["libraries"]]
        defines = ["TORCHHUB_LIBTORCH_" + identifier(torch["version"])]
    new_string = torch["cxx11_abi"]
    rctx.file("string_abi.cc", _STRING_ABI.format(
        version = torch["version"],
        folder = torch["folder"],
        abi = new_string,
        age = "new" if new_string else "old",
        other = "old" if new_string else "new",
        remedy = _NEW_STRING if new_string else _OLD_STRING,
    ))
    shadow_list_h(rctx, include)
    rctx.file("WORKSPACE", "")
    rctx.file("config/torchhub_torch_config.h", "\n".join([
        "#pragma once",
        "#define TORCHHUB_TORCH_VERSION %s" % json.encode(torch["version"]),
        "#define TORCHHUB_TORCH_PACKAGE %s" % json.encode(torch["folder"]),
        "#define TORCHHUB_TORCH_INCLUDE %s" % json.encode(include),
        "#define TORCHHUB_TORCH_LIBRARIES %s" % json.encode(torch["libraries"]),
        "#define TORCHHUB_TORCH_CXX11_ABI %d" % torch["cxx11_abi"],
        "",
    ]))
    rctx.template("BUILD.bazel", rctx.attr.build_file, {
        "%{DEFINES}": repr(defines),
        "%{SEARCH}": repr(search),
        "%{SYSTEM}": repr(system),
        # An unpacked LibTorch's libtorch_python would meet the torch that Python imports.
        "%{WITH_PYTHON}": repr(not unpacked),
    })

libtorch_repository = repository_rule(
    implementation = _libtorch_impl,
    local = True,
    configure = True,
    environ = python_environ(),
    attrs = python_attrs(),
)
