// An extension module of Python's that uses torchhub: for host_program_test.

// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/hubconf.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/python/trusted_source.h>

#include <string>

namespace {

// The first entry point, read without running the file.
std::string read_first(const std::string& folder) {
  const auto entry = torchhub::python::StaticHubconf(folder).listing().entry_points.at(0);
  return entry.name + entry.signature;
}

// The same, run.
std::string run_first(const std::string& folder) {
  namespace python = torchhub::python;
  const python::Hubconf conf(python::TrustedSource::trust_folder(folder));
  return conf.listing().entry_points.at(0).name;
}

}  // namespace

PYBIND11_MODULE(host_extension, module) {
  module.def("read", read_first);
  module.def("run", run_first);
}
