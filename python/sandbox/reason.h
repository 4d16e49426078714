#ifndef TORCHHUB_PYTHON_SANDBOX_REASON_H_
#define TORCHHUB_PYTHON_SANDBOX_REASON_H_
// Why a wall does not stand: "" where it does.

#include <cerrno>
#include <cstring>
#include <string>

namespace torchhub::python::sandbox {

using Reason = std::string;

/// Of the system call that just failed.
inline Reason failed(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_REASON_H_
