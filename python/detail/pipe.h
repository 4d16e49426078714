#ifndef TORCHHUB_PYTHON_DETAIL_PIPE_H_
#define TORCHHUB_PYTHON_DETAIL_PIPE_H_
// A pipe to a process that is started, whose ends no other process of this program inherits.

#include <torchhub/python/error.h>
#include <torchhub/python/sandbox/descriptor.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace torchhub::python::detail {

struct Pipe {
  /// Throws: errc::cannot_start.
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw Error(errc::cannot_start,
                  std::string("a pipe cannot be made: ") + std::strerror(errno));
    reading = sandbox::Descriptor(ends[0]);
    writing = sandbox::Descriptor(ends[1]);
  }

  sandbox::Descriptor reading, writing;
};

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_PIPE_H_
