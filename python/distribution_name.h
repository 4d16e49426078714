#ifndef TORCHHUB_PYTHON_DISTRIBUTION_NAME_H_
#define TORCHHUB_PYTHON_DISTRIBUTION_NAME_H_
// Which words may go to `pip install` as the names of packages.
//
//   if (!python::is_distribution_name("https://example.com/x")) ...
//
// A hubconf.py writes its dependencies down, and pip takes URLs, folders, archives and options as well,
// whose setup.py it runs.
//
// Pure.

#include <torchhub/python/export.h>

#include <string_view>

namespace torchhub::python {

/// Whether `text` is a name in the form of PEP 508: ASCII letters, digits, and between them '.', '_' and
/// '-'. A name that ends as an archive's file does (a.zip, b.whl) is none: pip looks for that file first.
TORCHHUB_PYTHON_EXPORT bool is_distribution_name(std::string_view text);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_DISTRIBUTION_NAME_H_
