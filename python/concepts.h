#ifndef TORCHHUB_PYTHON_CONCEPTS_H_
#define TORCHHUB_PYTHON_CONCEPTS_H_
// What list and help need of a hubconf.py, however it is read.

#include <torchhub/python/entry_point.h>

#include <concepts>
#include <string_view>

namespace torchhub::python {

/// Something that knows a hubconf.py's entry points.
///
/// 1. `source.listing()` gives what torch.hub.list would show: public names, sorted.
/// 2. `source.entry_point(name)` gives one entry point, also one whose leading underscore hides it
/// from
///    the listing; throws errc::no_such_entry_point.
///
/// What the compiler cannot check: asking twice gives the same answer.
/// Models: python::StaticHubconf (reads the file), python::Hubconf (runs it).
template <class T>
concept EntryPointSource = requires(const T& source, std::string_view name) {
  { source.listing() } -> std::convertible_to<Listing>;
  { source.entry_point(name) } -> std::convertible_to<EntryPoint>;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_CONCEPTS_H_
