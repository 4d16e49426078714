// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torchhub/python/detail/read_hubconf.h>
#include <torchhub/python/detail/script.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/imports.h>
#include <torchhub/python/interpreter.h>

#include <tuple>

namespace torchhub::python {
namespace {

namespace py = pybind11;

constexpr char kScript[] =
#include "python/imports.py.inc"
    ;

}  // namespace

std::vector<Import> find_imports(const std::filesystem::path& folder) {
  // Throws where there is no hubconf.py, or none that can be parsed.
  const detail::HubconfText text = detail::read_hubconf(folder);
  const py::gil_scoped_acquire lock;
  try {
    std::vector<Import> imports;
    const py::object read = detail::script_module("torchhub_imports", kScript).attr("read");
    for (auto& [module, file, line, is_certain] :
         read(folder.string(), text.search_folders)
             .cast<std::vector<std::tuple<std::string, std::string, int, bool>>>())
      imports.push_back({module, file, line, is_certain});
    return imports;
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("looking for the imports of " + folder.string());
  }
}

}  // namespace torchhub::python
