#ifndef TORCHHUB_PYTHON_ENVIRONMENT_H_
#define TORCHHUB_PYTHON_ENVIRONMENT_H_
// A Python that the user has, and the torch in it: a virtual environment (of venv, virtualenv or uv), conda's, or an
// interpreter. Told by its files; nothing of it runs, but an interpreter whose folder does not say what it is.
//
//   const python::Environment vision = python::find_environment("/home/me/venvs/vision");
//   if (const auto misfit = python::torch_misfit(vision, "2.13.0+cpu", true)) std::cerr << *misfit << "\n";
//   python::use_environment(vision);                     // interpreter.h, before Python starts
//
// Source: PEP 405 (pyvenv.cfg), CPython's Lib/site.py (.pth files, folders of packages).

#include <torchhub/python/export.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::python {

/// A torch package, as its files say.
struct TorchPackage {
  std::filesystem::path folder;  ///< .../site-packages/torch
  std::string version;           ///< torch.__version__, as "2.13.0+cu130"; "" where it says none
  std::filesystem::path
      libraries;              ///< where libc10.so lies, links resolved; "" where there is none
  bool has_cxx11_abi = true;  ///< whether its std::string is the one of today's libstdc++
};

struct Environment {
  std::filesystem::path
      interpreter;  ///< as it was named: a virtual environment is known by the folder it lies in
  std::filesystem::path prefix;  ///< its folder
  std::filesystem::path
      base_prefix;             ///< of the Python beneath a virtual environment, else `prefix`
  std::string version;         ///< "3.11", "3.13t" without a lock; "" where nothing tells
  std::string implementation;  ///< "CPython", or what pyvenv.cfg says
  bool is_virtual = false;     ///< has a pyvenv.cfg
  bool has_user_site = false;  ///< whether the user's own folder of packages counts in it
  std::vector<std::filesystem::path>
      search_path;  ///< PYTHONPATH's folders, which come before its own
  std::vector<std::filesystem::path> site_folders;  ///< its folders of packages
  std::filesystem::path library;  ///< the shared libpython of its base, "" where it has none
  /// What `import torch` finds in `search_path`, in its folders and those that their .pth files name.
  std::optional<TorchPackage> torch;
};

/// What is at `named`: a folder of an environment, an interpreter, or an interpreter's name without a
/// slash, looked for as a shell does. "" is the Python that torchhub was built with.
/// Throws: errc::no_environment.
TORCHHUB_PYTHON_EXPORT Environment find_environment(
    const std::filesystem::path& named, std::vector<std::filesystem::path> search_path = {});

/// Why extension modules of `environment` cannot be used by the Python that torchhub was built with: another
/// implementation or minor version (PEP 3149). One sentence, which tells what helps; nullopt where they can.
TORCHHUB_PYTHON_EXPORT std::optional<std::string> python_misfit(const Environment& environment);

/// Why the torch of `environment` cannot stand for the LibTorch that a program was compiled with, of `version` and
/// string ABI. The variant, what follows the '+', may be another. nullopt where it can, or where there is none.
TORCHHUB_PYTHON_EXPORT std::optional<std::string> torch_misfit(const Environment& environment,
                                                               std::string_view version,
                                                               bool has_cxx11_abi);

/// "2.13.0" of "2.13.0+cpu": what has to be equal.
inline std::string_view without_variant(std::string_view version) {
  return version.substr(0, version.find('+'));
}

/// The folder that an environment without torch takes the build's from, last of all; "" where it has one itself.
TORCHHUB_PYTHON_EXPORT std::filesystem::path completion_of(const Environment& environment);

/// The torch package whose LibTorch this process has loaded, if any. Its version is "" where LibTorch does not lie in
/// a package, as Debian's.
TORCHHUB_PYTHON_EXPORT std::optional<TorchPackage> loaded_torch();

/// What a program that was linked with the build's LibTorch and libpython needs in its environment, to be
/// loaded with those of `environment` instead: name of the variable, and what goes before its value. Of the
/// two it names the ones that differ; without `with_python`, libpython is left out.
TORCHHUB_PYTHON_EXPORT std::vector<std::pair<std::string, std::filesystem::path>> loader_variables(
    const Environment& environment, bool with_python = true);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_ENVIRONMENT_H_
