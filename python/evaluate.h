#ifndef TORCHHUB_PYTHON_EVALUATE_H_
#define TORCHHUB_PYTHON_EVALUATE_H_
// Modules of the Python in use, and expressions. Both run code, so both take a permission.
//
//   python::Object numpy = python::import_module(python::TrustedSource::trust_code(), "numpy");
//   python::Object mean = python::evaluate(trusted, "np.asarray(xs).mean()", {{"np", numpy}, {"xs", list}});
//
// Throws: PythonException for what Python raises.
// Thread safety: may be called at any time.

#include <torchhub/python/arguments.h>
#include <torchhub/python/export.h>
#include <torchhub/python/object.h>
#include <torchhub/python/trusted_source.h>

#include <string_view>

namespace torchhub::python {

/// importlib.import_module(name), "package.module" too, from what is installed in the Python in use; a repository's
/// own modules are found only while its code runs.
TORCHHUB_PYTHON_EXPORT Object import_module(const TrustedSource& trusted, std::string_view name);

/// eval(expression) with `names` as its globals, and the builtins.
TORCHHUB_PYTHON_EXPORT Object evaluate(const TrustedSource& trusted, std::string_view expression,
                                       const Arguments::Keywords& names = {});

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_EVALUATE_H_
