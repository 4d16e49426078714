// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torchhub/python/detail/convert.h>
#include <torchhub/python/detail/exit_handler.h>
#include <torchhub/python/detail/hubconf_scripts.h>
#include <torchhub/python/detail/read_hubconf.h>
#include <torchhub/python/detail/script.h>
#include <torchhub/python/detail/utf8.h>
#include <torchhub/python/error.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/stoppable.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace torchhub::python {
namespace {

namespace py = pybind11;

using detail::borrow;
using detail::to_python;

EntryPoint entry_point_of(const py::handle& description) {
  const auto [name, signature, docstring] =
      description.cast<std::tuple<py::str, py::str, py::str>>();
  return {detail::utf8_of(name, detail::kTold), detail::utf8_of(signature, detail::kTold),
          detail::utf8_of(docstring, detail::kTold)};
}

const char* name_of(HubFailure::Kind kind) {
  switch (kind) {
    case HubFailure::Kind::http:
      return "http";
    case HubFailure::Kind::loop:
      return "loop";
    case HubFailure::Kind::redirect:
      return "redirect";
    case HubFailure::Kind::network:
      return "network";
    case HubFailure::Kind::name:
      return "name";
    case HubFailure::Kind::trust:
      return "trust";
    case HubFailure::Kind::tls:
      return "tls";
    case HubFailure::Kind::url:
      return "url";
    case HubFailure::Kind::system:
      return "system";
    case HubFailure::Kind::value:
      return "value";
    case HubFailure::Kind::syntax:
      return "syntax";
    case HubFailure::Kind::hash:
      return "hash";
    default:
      return "other";
  }
}

// What servers say in their heads, as Python's http.client reads it.
py::object latin1(const std::string& bytes) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr));
}

py::object fs_path(const std::string& path) {
  return py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(path.c_str()));
}

// A sentence may hold bytes of a file's name that are no UTF-8.
py::object told(std::string_view sentence) {
  return py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
      sentence.data(), static_cast<Py_ssize_t>(sentence.size()), detail::kTold));
}

// Runs one of the program's functions without the interpreter's lock; what it throws is raised, as KeyboardInterrupt if
// a stop was requested.
template <class Body>
auto outside_python(const py::module_& hub, const std::stop_token& stop, const std::string& url,
                    Body body) {
  std::optional<HubFailure> failure;
  Object raised;
  {
    const py::gil_scoped_release unlocked;
    try {
      return body();
    } catch (const PythonException& thrown) {
      raised = raised_exception(thrown);
      failure = HubFailure(HubFailure::Kind::other, thrown.what());
    } catch (const HubFailure& thrown) {
      failure = thrown;
    } catch (const std::exception& thrown) {
      failure = HubFailure(HubFailure::Kind::other, thrown.what());
    }
  }
  if (stop.stop_requested()) {
    take_stop();
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw py::error_already_set();
  }
  // With the traceback that it has, to which Python adds.
  if (raised) hub.attr("raise_again")(borrow(raised));
  py::list headers;
  for (const auto& [name, value] : failure->answer().headers)
    headers.append(py::make_tuple(latin1(name), latin1(value)));
  hub.attr("raise_failure")(name_of(failure->kind()), url, failure->number(), told(failure->what()),
                            fs_path(failure->path()), latin1(failure->answer().reason), headers,
                            py::bytes(failure->answer().body));
  throw std::logic_error("raise_failure returned");
}

LoadRequest request_of(std::string repo, std::string model, std::string source, std::string trust,
                       bool force_reload, bool verbose, bool skip_validation,
                       const py::list& positional, const py::dict& keywords) {
  LoadRequest request{std::move(repo), std::move(model), std::move(source), std::move(trust),
                      force_reload,    verbose,          skip_validation,   Arguments()};
  for (const py::handle& value : positional) request.arguments.positional(Object(value.ptr()));
  for (const auto& [name, value] : keywords)
    request.arguments.keyword(detail::utf8_of(name, detail::kPassed), Object(value.ptr()));
  return request;
}

// The functions as an object with methods, for hub_functions.py.
py::object as_python(std::shared_ptr<const HubFunctions> functions, const py::module_& hub) {
  py::object object = py::module_::import("types").attr("SimpleNamespace")();
  object.attr("get_dir") = py::cpp_function([functions, hub] {
    return outside_python(hub, functions->stop, "", [&] { return functions->hub_dir(); });
  });
  object.attr("download") = py::cpp_function(
      [functions, hub](const std::string& url, const std::string& dst, const std::string& prefix) {
        return outside_python(hub, functions->stop, url,
                              [&] { functions->download(url, dst, prefix); });
      });
  object.attr("checkpoint") =
      py::cpp_function([functions, hub](const std::string& url, const std::string& model_dir,
                                        const std::string& file_name, bool check_hash) {
        return outside_python(hub, functions->stop, url, [&] {
          return functions->checkpoint({url, model_dir, file_name, check_hash});
        });
      });
  object.attr("load") = py::cpp_function(
      [functions, hub](const std::string& repo, const std::string& model, const std::string& source,
                       const std::string& trust, bool force_reload, bool verbose,
                       bool skip_validation, const py::list& positional, const py::dict& keywords) {
        const LoadRequest request = request_of(repo, model, source, trust, force_reload, verbose,
                                               skip_validation, positional, keywords);
        const Object loaded =
            outside_python(hub, functions->stop, "", [&] { return functions->load(request); });
        return borrow(loaded);
      });
  object.attr("scan") = py::none();
  if (functions->scan) {
    object.attr("scan") = py::cpp_function([functions, hub](const std::string& path) {
      const PickledGlobals globals =
          outside_python(hub, functions->stop, "", [&] { return functions->scan(path); });
      return py::make_tuple(globals.refused, globals.allowed, globals.damage);
    });
  }
  return object;
}

// A KeyboardInterrupt amidst the taking or leaving of a turn would leave it taken for good: it waits until that is done.
void enter_and_leave_whole(const py::object& type) {
  if (py::hasattr(type, "_torchhub_whole")) return;
  for (const char* name : {"__enter__", "__exit__"}) {
    const py::object method = type.attr(name);
    type.attr(name) = py::cpp_function(
        [method](const py::object& self, const py::args& arguments) {
          const Unstoppable unstoppable;
          return method(self, *arguments);
        },
        py::is_method(type), py::name(name));
  }
  type.attr("_torchhub_whole") = true;
}

void refuse_stopped(const std::stop_token& stop, const std::string& doing) {
  if (stop.stop_requested()) throw Error(errc::stopped, doing + " was stopped");
}

// As throw_raised(), but of a stop it says that it was one.
[[noreturn]] void throw_ended(const std::stop_token& stop, const std::string& doing) {
  if (stop.stop_requested() && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
    PyErr_Clear();
    throw Error(errc::stopped, doing + " was stopped");
  }
  throw_raised(doing);
}

}  // namespace

Hubconf::Hubconf(const TrustedSource& source, std::shared_ptr<const HubFunctions> functions,
                 DependencyCheck check)
    : stop_(functions ? functions->stop : std::stop_token()) {
  const std::filesystem::path& folder = source.folder();
  const std::string doing = "importing " + (folder / "hubconf.py").string();
  if (check == DependencyCheck::before_import) {
    detail::require_dependencies(folder);
  } else {
    detail::read_hubconf(folder);
  }
  refuse_stopped(stop_, doing);
  const detail::RenewedExitHandler renewed;
  const Stoppable stoppable(stop_);
  const py::gil_scoped_acquire lock;
  try {
    // The last script imports the others.
    const py::module_ modules =
        detail::script_module("torchhub_repository_modules", detail::kRepositoryModulesScript);
    detail::script_module("torchhub_checkpoint_gate", detail::kCheckpointGateScript);
    detail::script_module("torchhub_gated_loaders", detail::kGatedLoadersScript);
    const py::module_ hub =
        detail::script_module("torchhub_hub_functions", detail::kHubFunctionsScript);
    for (const char* type : {"RepositoryModules", "_Importing"})
      enter_and_leave_whole(modules.attr(type));
    enter_and_leave_whole(hub.attr("Engine"));
    const py::object engine = functions ? as_python(std::move(functions), hub) : py::none();
    module_ =
        Object(detail::script_module("torchhub_run_hubconf", detail::kRunHubconfScript)
                   .attr("Hubconf")(folder.string(), engine, check == DependencyCheck::before_call)
                   .ptr());
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_ended(stop_, doing);
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
  const std::string doing = "calling " + std::string(name);
  refuse_stopped(stop_, doing);
  const detail::RenewedExitHandler renewed;
  const Stoppable stoppable(stop_);
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
    throw_ended(stop_, doing);
  }
}

Object Hubconf::modules() const {
  const py::gil_scoped_acquire lock;
  return Object(borrow(module_).attr("modules").ptr());
}

}  // namespace torchhub::python
