// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torchhub/python/detail/read_hubconf.h>
#include <torchhub/python/detail/script.h>
#include <torchhub/python/detail/utf8.h>
#include <torchhub/python/error.h>
#include <torchhub/python/interpreter.h>

#include <tuple>

namespace torchhub::python::detail {
namespace {

namespace py = pybind11;

constexpr char kEntriesScript[] =
#include "python/detail/static_entries.py.inc"
    ;

constexpr char kSearchPathScript[] =
#include "python/detail/search_path.py.inc"
    ;

constexpr char kEffectsScript[] =
#include "python/detail/static_effects.py.inc"
    ;

constexpr char kValuesScript[] =
#include "python/detail/static_values.py.inc"
    ;

constexpr char kStatementsScript[] =
#include "python/detail/static_statements.py.inc"
    ;

constexpr char kModulesScript[] =
#include "python/detail/static_modules.py.inc"
    ;

constexpr char kSyntaxFlawScript[] =
#include "python/detail/syntax_flaw.py.inc"
    ;

constexpr char kScript[] =
#include "python/detail/read_hubconf.py.inc"
    ;

py::module_ syntax_flaw() { return script_module("torchhub_syntax_flaw", kSyntaxFlawScript); }

// Each imports those before it.
py::object read_function() {
  syntax_flaw();
  script_module("torchhub_static_entries", kEntriesScript);
  script_module("torchhub_search_path", kSearchPathScript);
  script_module("torchhub_static_effects", kEffectsScript);
  script_module("torchhub_static_values", kValuesScript);
  script_module("torchhub_static_statements", kStatementsScript);
  script_module("torchhub_static_modules", kModulesScript);
  return script_module("torchhub_read_hubconf", kScript).attr("read");
}

// "line 3: invalid syntax", or what else the parser said; of what another Python reads, which one does.
std::string flaw_of(const py::error_already_set& raised) {
  std::string flaw = py::str(raised.value());
  if (raised.matches(PyExc_SyntaxError)) {
    const py::object line = raised.value().attr("lineno");
    flaw = py::str(syntax_flaw().attr("foreign_syntax")(raised.value()));
    if (flaw.empty()) flaw = py::str(raised.value().attr("msg"));
    if (!line.is_none()) flaw = "line " + std::string(py::str(line)) + ": " + flaw;
  }
  return flaw.empty() ? std::string(py::str(raised.type().attr("__name__"))) : flaw;
}

// What `body` returns, which reads the folder's hubconf.py under the interpreter's lock.
template <class Body>
auto with_file(const std::filesystem::path& folder, Body body) {
  const std::filesystem::path file = folder / "hubconf.py";
  if (!std::filesystem::is_regular_file(file))
    throw Error(errc::no_hubconf, folder.string() + " has no hubconf.py", file.string());
  ensure_interpreter();
  const py::gil_scoped_acquire lock;
  try {
    return body();
  } catch (const py::error_already_set& raised) {
    throw Error(errc::bad_hubconf, file.string() + " cannot be parsed: " + flaw_of(raised),
                file.string());
  }
}

}  // namespace

HubconfText read_hubconf(const std::filesystem::path& folder) {
  return with_file(folder, [&] {
    const py::object read = read_function();
    const auto [entries, dependencies, missing, complete, problems, folders] =
        read(folder.string())
            .cast<std::tuple<std::vector<std::tuple<py::str, py::str, py::str>>,
                             std::vector<std::string>, std::vector<std::string>, bool,
                             std::vector<std::string>, std::vector<std::string>>>();
    HubconfText text{{}, dependencies, missing, complete, problems, folders};
    for (const auto& [name, signature, docstring] : entries)
      text.callables.push_back(
          {utf8_of(name, kTold), utf8_of(signature, kTold), utf8_of(docstring, kTold)});
    return text;
  });
}

void require_syntax(const std::filesystem::path& folder) {
  with_file(folder, [&] {
    const std::string file = (folder / "hubconf.py").string();
    constexpr int kOnlyTree =
        0x400;  // ast.PyCF_ONLY_AST, without ast, which costs more than a small file
    const py::object source = py::module_::import("io").attr("open_code")(file);
    py::module_::import("builtins").attr("compile")(source.attr("read")(), file, "exec", kOnlyTree);
    source.attr("close")();
  });
}

void require_dependencies(const std::filesystem::path& folder) {
  std::string names;
  for (const std::string& name : read_hubconf(folder).missing_dependencies)
    names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return;
  throw Error(errc::missing_dependencies, "Missing dependencies: " + names + " (named in " +
                                              (folder / "hubconf.py").string() + ")");
}

}  // namespace torchhub::python::detail
