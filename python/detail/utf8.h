#ifndef TORCHHUB_PYTHON_DETAIL_UTF8_H_
#define TORCHHUB_PYTHON_DETAIL_UTF8_H_
// Python's texts as bytes, and back. A str may hold half of a surrogate pair, which UTF-8 has no bytes for: names of
// files that are no UTF-8 arrive in Python so. The caller holds the interpreter's lock.

// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

namespace torchhub::python::detail {

/// A value on its way to C++ and, perhaps, back: half a pair is three bytes ("surrogatepass").
inline constexpr const char* kPassed = "surrogatepass";
/// What is told to people: half a pair is "\udc80".
inline constexpr const char* kTold = "backslashreplace";

/// Throws what Python raises for an object that is no str.
inline std::string utf8_of(const pybind11::handle& text, const char* errors) {
  const auto bytes = pybind11::reinterpret_steal<pybind11::bytes>(
      PyUnicode_AsEncodedString(text.ptr(), "utf-8", errors));
  if (!bytes) throw pybind11::error_already_set();
  return bytes;
}

/// Throws UnicodeDecodeError for bytes that are neither UTF-8 nor half a pair.
inline pybind11::str str_of(std::string_view bytes) {
  const auto text = pybind11::reinterpret_steal<pybind11::str>(
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), kPassed));
  if (!text) throw pybind11::error_already_set();
  return text;
}

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_UTF8_H_
