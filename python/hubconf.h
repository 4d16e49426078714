#ifndef TORCHHUB_PYTHON_HUBCONF_H_
#define TORCHHUB_PYTHON_HUBCONF_H_
// A hubconf.py that was run, and its entry points called. Models python::EntryPointSource.
//
//   python::Hubconf conf(python::TrustedSource::trust_folder("/opt/models/mine"));
//   python::Object model = conf.call("digit_reader", python::Arguments().keyword("pretrained",
//   true));
//
// Source: torch/hub.py of PyTorch 2.13: the module is called "hubconf.py", its folder stands first
// on sys.path while it runs and while an entry point runs, and sys.path is afterwards as it was.
// Different on purpose: each repository's modules live apart, so that two of them, or two refs of one, may
// both have a `utils`; imports inside functions find their own later, too. Kept for the process: the
// modules of a folder, until another one has its place. Not kept apart: extension modules, which CPython
// loads once a file, and what code registers with torch (torch.library, TorchScript classes by name).
//
// Thread safety: distinct objects may be used at once; Python's own lock orders them.

#include <torchhub/python/arguments.h>
#include <torchhub/python/entry_point.h>
#include <torchhub/python/export.h>
#include <torchhub/python/hub_functions.h>
#include <torchhub/python/object.h>
#include <torchhub/python/trusted_source.h>

#include <memory>
#include <stop_token>
#include <string_view>

namespace torchhub::python {

/// When a hubconf.py's `dependencies` are looked for.
enum class DependencyCheck {
  before_import,  ///< as the file declares them; errc::missing_dependencies names all
  before_call,  ///< as Python's torch.hub does, whose errors code may expect: a RuntimeError of Python's
};

class TORCHHUB_PYTHON_EXPORT Hubconf {
 public:
  /// Imports the file. `functions`, where there are some, stand behind torch.hub whenever the
  /// repository's code runs.
  /// Throws: errc::no_hubconf, errc::bad_hubconf; errc::missing_dependencies; PythonException where the
  ///   import raises; errc::stopped where functions->stop ended it.
  explicit Hubconf(const TrustedSource& source,
                   std::shared_ptr<const HubFunctions> functions = nullptr,
                   DependencyCheck check = DependencyCheck::before_import);

  /// What running the file showed: every public callable.
  Listing listing() const;
  /// Throws: errc::no_such_entry_point.
  EntryPoint entry_point(std::string_view name) const;

  /// Calls an entry point, hidden ones too, and returns what it returned, untouched.
  /// Throws: errc::no_such_entry_point; PythonException where the entry point raises; errc::stopped where the stop of
  ///   the functions ended it.
  Object call(std::string_view name, const Arguments& arguments) const;

  /// A context manager of Python's: while it is entered, imports find the repository's modules. For
  /// what looks modules up by their names: compilers, pickle.
  Object modules() const;

 private:
  std::stop_token stop_;
  Object module_;  // an instance of Hubconf of detail/run_hubconf.py
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_HUBCONF_H_
