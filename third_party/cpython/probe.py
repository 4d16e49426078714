"""Prints, as JSON, where this Python keeps its headers, its shared library and its torch. Imports none of torch."""

import importlib.util
import json
import os
import re
import sys
import sysconfig


def torch_facts(folder):
    """What linking with the torch package in `folder` needs to know, read from its files."""
    library = os.path.realpath(os.path.join(folder, "lib", "libc10.so"))
    libraries = os.path.dirname(library)
    with open(os.path.join(folder, "version.py"), encoding="utf-8") as file:
        version = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)", file.read(), re.MULTILINE).group(1)
    with open(library, "rb") as file:
        symbols = file.read()
    # c10::Error::Error(c10::SourceLocation, std::string), mangled: the one truth about the string ABI.
    old_abi = b"_ZN3c105ErrorC1ENS_14SourceLocationESs" in symbols
    facts = {
        "folder": folder,
        "version": version,
        "include": os.path.join(folder, "include"),
        "libraries": libraries,
        "cxx11_abi": 0 if old_abi else 1,
        "pybind11": {},
    }
    with open(os.path.join(libraries, "libtorch_python.so"), "rb") as file:
        # pybind11 before 3: two modules share classes only if this string is equal in both.
        match = re.search(
            rb"__pybind11_internals_v\d+(_[a-z]+)(?:_libstdcpp|_libcpp)?(_cxxabi\d+)__", file.read())
    if match:
        facts["pybind11"] = {
            "PYBIND11_COMPILER_TYPE": match.group(1).decode(),
            "PYBIND11_BUILD_ABI": match.group(2).decode(),
        }
    return facts


variable = sysconfig.get_config_var
torch = importlib.util.find_spec("torch")
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "base_prefix": sys.base_prefix,
    "include": sysconfig.get_path("include"),
    "libraries": variable("LIBDIR") or "",
    "library": "python" + (variable("LDVERSION") or sysconfig.get_python_version()),
    "free_threaded": bool(variable("Py_GIL_DISABLED")),
    "shared": bool(variable("Py_ENABLE_SHARED")),
    "torch": torch_facts(os.path.dirname(os.path.realpath(torch.origin))) if torch and torch.origin else None,
}))
