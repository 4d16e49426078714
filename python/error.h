#ifndef TORCHHUB_PYTHON_ERROR_H_
#define TORCHHUB_PYTHON_ERROR_H_
// What can go wrong in and around the embedded Python.
//
//   catch (const python::PythonException& e) {
//     std::cerr << e.what() << "\n" << e.traceback();      // RuntimeError: boom
//   }

#include <torchhub/python/export.h>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::python {

enum class errc {
  cannot_start = 1,      ///< the interpreter did not start
  no_hubconf,            ///< the folder has no hubconf.py
  bad_hubconf,           ///< hubconf.py cannot be parsed
  missing_dependencies,  ///< packages that hubconf.py names are not installed
  no_such_entry_point,   ///< hubconf.py has no callable of this name
  exception,             ///< Python code raised
  worker_failed,         ///< the process that ran the file exited, crashed or reached a limit
  not_a_virtual_environment,
  installation_failed,
  bad_distribution_name,  ///< a dependency that is no package's name
  weak_sandbox,           ///< a wall of the sandbox is missing, and nothing ran
  no_environment,         ///< a path that leads to no Python
  does_not_fit,           ///< a Python, or a torch, of another kind than the program was built with
  wrong_type,             ///< an object is of another kind than was asked for
  stopped,                ///< a stop was requested while Python code ran
};

TORCHHUB_PYTHON_EXPORT const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

/// Thrown by every function of this room; what() is one sentence.
class TORCHHUB_PYTHON_EXPORT Error : public boost::system::system_error {
 public:
  Error(boost::system::error_code code, std::string sentence, std::string file = {})
      : system_error(code), sentence_(std::move(sentence)), file_(std::move(file)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }
  /// The hubconf.py that errc::no_hubconf and bad_hubconf are about; else "".
  const std::string& file() const { return file_; }

 private:
  std::string sentence_;
  std::string file_;
};

/// torch.hub's text for errc::no_such_entry_point, which people search for.
TORCHHUB_PYTHON_EXPORT Error no_such_entry_point(std::string_view name);

/// A Python exception that left Python; what() is "CONTEXT: TYPE: MESSAGE".
class TORCHHUB_PYTHON_EXPORT PythonException : public Error {
 public:
  PythonException(const std::string& context, std::string type, std::string message,
                  std::string traceback, std::shared_ptr<const void> raised = nullptr)
      : Error(make_error_code(errc::exception),
              context + ": " + type + (message.empty() ? "" : ": " + message)),
        type_(std::move(type)),
        message_(std::move(message)),
        traceback_(std::move(traceback)),
        raised_(std::move(raised)) {}

  const std::string& type() const { return type_; }  ///< the class's name, with its module
  /// str(exception), and its notes in parentheses.
  const std::string& message() const { return message_; }
  const std::string& traceback() const { return traceback_; }
  /// For raised_exception() of python/exception.h.
  const std::shared_ptr<const void>& raised() const { return raised_; }

 private:
  std::string type_;
  std::string message_;
  std::string traceback_;
  std::shared_ptr<const void> raised_;
};

}  // namespace torchhub::python

template <>
struct boost::system::is_error_code_enum<torchhub::python::errc> : std::true_type {};

#endif  // TORCHHUB_PYTHON_ERROR_H_
