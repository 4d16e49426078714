#ifndef TORCHHUB_PYTHON_SCRIPT_H_
#define TORCHHUB_PYTHON_SCRIPT_H_
// Python code that a program carries in itself.
//
//   python::Object compile = python::script_function("my_script", kSource, "compile");
//   python::call(compile, python::Arguments().positional(3));

#include <torchhub/python/export.h>
#include <torchhub/python/object.h>

#include <string_view>

namespace torchhub::python {

/// The function `function` of `source`, which becomes the module `name` when it is first asked for.
/// Throws: PythonException where the source raises, or has no such function.
/// Thread safety: may be called at any time.
TORCHHUB_PYTHON_EXPORT Object script_function(const char* name, const char* source,
                                              std::string_view function);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_SCRIPT_H_
