#ifndef TORCHHUB_PYTHON_STATIC_HUBCONF_H_
#define TORCHHUB_PYTHON_STATIC_HUBCONF_H_
// A hubconf.py read by CPython's parser and never run. Models python::EntryPointSource.
//
//   python::StaticHubconf conf("~/src/digits");
//   for (const python::EntryPoint& entry : conf.listing().entry_points) ...
//
// Found: functions, classes, lambdas, aliases and functools.partial at the top of the file, and
// what it imports from other files of its repository, those too that it finds by a sys.path that it edits
// with what can be computed (literals, __file__, os.path, pathlib). What an installed package or running
// code would add, or a call return, is not guessed: the listing then says that it is not complete, as it
// does where running the file may fail.

#include <torchhub/python/entry_point.h>
#include <torchhub/python/export.h>

#include <filesystem>
#include <string_view>
#include <vector>

namespace torchhub::python {

class TORCHHUB_PYTHON_EXPORT StaticHubconf {
 public:
  /// Reads `folder`/hubconf.py.
  /// Throws: errc::no_hubconf; errc::bad_hubconf with the line where the parser gave up.
  explicit StaticHubconf(const std::filesystem::path& folder);

  const Listing& listing() const { return listing_; }
  /// Throws: errc::no_such_entry_point, which also says whether running the file may show it.
  const EntryPoint& entry_point(std::string_view name) const;

 private:
  Listing listing_;
  std::vector<EntryPoint> hidden_;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_STATIC_HUBCONF_H_
