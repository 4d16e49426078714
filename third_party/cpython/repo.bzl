"""@cpython: the Python that TORCHHUB_PYTHON names, to embed, and the pybind11 that its torch was built with."""

load("//third_party:system.bzl", "own_name", "require_path")

def python_environ():
    """The variables that decide which Python and which LibTorch are taken."""
    return ["TORCHHUB_PYTHON", "TORCHHUB_INSTALLED", "LIBTORCH_PATH"]

def python_attrs():
    """Attributes of a repository rule that calls probe_python()."""
    return {
        "build_file": attr.label(mandatory = True),
        "probe": attr.label(default = Label("//third_party/cpython:probe.py"), allow_single_file = True),
        "workspace_file": attr.label(default = Label("//:WORKSPACE"), allow_single_file = True),
    }

def _chosen_python(rctx):
    """TORCHHUB_PYTHON (a relative path counts from torchhub's root), else .venv's, else the system's."""
    root = str(rctx.path(rctx.attr.workspace_file).dirname)
    chosen = rctx.os.environ.get("TORCHHUB_PYTHON", "")
    if chosen:
        return chosen if chosen.startswith("/") else root + "/" + chosen
    venv = root + "/.venv/bin/python"
    return venv if rctx.path(venv).exists else "/usr/bin/python3"

def probe_python(rctx):
    """The facts that probe.py prints, and under "executable" the path that was chosen.

    The path is kept as it was given: a virtual environment is recognised by the folder it lies in.
    """
    executable = _chosen_python(rctx)
    require_path(rctx, executable, ["python3-dev"])

    # -I: neither PYTHONPATH nor the user's site; a virtual environment's own site-packages count.
    probe = rctx.execute(
        [executable, "-I", "-B", rctx.path(rctx.attr.probe)],
        environment = {"PYTHONHOME": "", "PYTHONPATH": "", "LD_LIBRARY_PATH": "", "PATH": "/usr/bin:/bin"},
    )
    if probe.return_code:
        fail("@%s: %s could not be asked for its folders: %s" % (own_name(rctx), executable, probe.stderr))
    python = dict(json.decode(probe.stdout), executable = executable)
    if [int(number) for number in python["version"].split(".")[:2]] < [3, 11]:
        fail("@%s: %s is CPython %s, and torchhub needs 3.11 or later. Name another with --repo_env=TORCHHUB_PYTHON." %
             (own_name(rctx), executable, python["version"]))
    return python

def string_define(name, value):
    """NAME="value" as `defines` must spell it to survive Bazel's shell-like tokeniser."""
    return '%s=\\"%s\\"' % (name, value)

def _cpython_impl(rctx):
    python = probe_python(rctx)
    torch = python["torch"]
    require_path(rctx, python["include"] + "/Python.h", ["python3-dev"])
    if python["free_threaded"]:
        fail("@%s: %s is a free-threaded Python (built with --disable-gil), in which torchhub does not run: name one with the global lock by --repo_env=TORCHHUB_PYTHON." %
             (own_name(rctx), python["executable"]))
    if not python["shared"]:
        fail("@%s: %s has no shared libpython (built without --enable-shared), so it can't be embedded beside extension modules." %
             (own_name(rctx), python["executable"]))
    rctx.symlink(python["include"], "include")
    rctx.file("WORKSPACE", "")
    rctx.file("config/torchhub_python_config.h", "\n".join([
        "#pragma once",
        "#define TORCHHUB_PYTHON_EXECUTABLE %s" % json.encode(python["executable"]),
        "#define TORCHHUB_PYTHON_VERSION %s" % json.encode(python["version"]),
        "#define TORCHHUB_PYTHON_BASE_PREFIX %s" % json.encode(python["base_prefix"]),
        "#define TORCHHUB_TORCH_FOLDER %s" % json.encode(torch["folder"] if torch else ""),
        "",
    ]))

    # One pybind11 for the whole program: the copy inside torch's wheel, else the distribution's. Either is told to
    # name its internals as torch's build did, whose compiler may have been another: with internals of two names, each
    # side ends the thread states that the other has made.
    defines = [string_define(*item) for item in sorted(torch["pybind11"].items())] if torch else []
    bundled = torch["include"] + "/pybind11" if torch else ""
    if bundled and rctx.path(bundled + "/pybind11.h").exists:
        rctx.symlink(bundled, "bundled/pybind11")
    else:
        rctx.file("bundled/none.h", "")
    search = []
    if not python["libraries"].startswith("/usr/lib"):
        search = ["-L" + python["libraries"], "-Wl,-rpath," + python["libraries"]]
    rctx.template("BUILD.bazel", rctx.attr.build_file, {
        "%{LINKOPTS}": repr(search + ["-l" + python["library"]]),
        "%{PYBIND11_DEFINES}": repr(defines),
    })

cpython_repository = repository_rule(
    implementation = _cpython_impl,
    local = True,
    configure = True,
    environ = python_environ(),
    attrs = python_attrs(),
)
