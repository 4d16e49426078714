// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torchhub/python/detail/convert.h>
#include <torchhub/python/detail/read_hubconf.h>
#include <torchhub/python/detail/script.h>
#include <torchhub/python/error.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/interpreter.h>

#include <string>
#include <tuple>

namespace torchhub::python {
namespace {

namespace py = pybind11;

constexpr char kModulesScript[] =
#include "python/repository_modules.py.inc"
    ;

constexpr char kScript[] =
#include "python/run_hubconf.py.inc"
    ;

using detail::borrow;
using detail::to_python;

EntryPoint entry_point_of(const py::handle& description) {
  auto [name, signature, docstring] =
      description.cast<std::tuple<std::string, std::string, std::string>>();
  return {std::move(name), std::move(signature), std::move(docstring)};
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// torch.hub's text, which people search for.
Error no_such_entry_point(std::string_view name) {
  return Error(errc::no_such_entry_point,
               "Cannot find callable " + std::string(name) + " in hubconf");
}

}  // namespace

Hubconf::Hubconf(const TrustedSource& source) {
  const std::filesystem::path& folder = source.folder();
  const detail::HubconfText text = detail::read_hubconf(folder);
  if (!text.missing_dependencies.empty()) {
    throw Error(errc::missing_dependencies,
                "Missing dependencies: " + joined(text.missing_dependencies) + " (named in " +
                    (folder / "hubconf.py").string() + ")");
  }
  const py::gil_scoped_acquire lock;
  try {
    // The other script imports it.
    detail::script_module("torchhub_repository_modules", kModulesScript);
    module_ = Object(detail::script_module("torchhub_run_hubconf", kScript)
                         .attr("Hubconf")(folder.string())
                         .ptr());
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("importing " + (folder / "hubconf.py").string());
  }
}

Listing Hubconf::listing() const {
  const py::gil_scoped_acquire lock;
  try {
    Listing listing;
    for (const py::handle& description : borrow(module_).attr("list")()) {
      listing.entry_points.push_back(entry_point_of(description));
    }
    listing.dependencies = borrow(module_).attr("dependencies")().cast<std::vector<std::string>>();
    return listing;
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("listing the entry points");
  }
}

EntryPoint Hubconf::entry_point(std::string_view name) const {
  const py::gil_scoped_acquire lock;
  try {
    const py::object description =
        borrow(module_).attr("describe")(py::str(name.data(), name.size()));
    if (description.is_none()) throw no_such_entry_point(name);
    return entry_point_of(description);
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("describing " + std::string(name));
  }
}

Object Hubconf::call(std::string_view name, const Arguments& arguments) const {
  const py::gil_scoped_acquire lock;
  try {
    const py::str py_name(name.data(), name.size());
    if (borrow(module_).attr("entry")(py_name).is_none()) throw no_such_entry_point(name);
    py::list positional;
    for (const Argument& argument : arguments.positional()) positional.append(to_python(argument));
    const py::object keywords = to_python(arguments.keywords());
    return Object(borrow(module_).attr("call")(py_name, positional, keywords).ptr());
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("calling " + std::string(name));
  }
}

Object Hubconf::modules() const {
  const py::gil_scoped_acquire lock;
  return Object(borrow(module_).attr("modules").ptr());
}

}  // namespace torchhub::python
