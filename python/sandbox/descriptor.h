#ifndef TORCHHUB_PYTHON_SANDBOX_DESCRIPTOR_H_
#define TORCHHUB_PYTHON_SANDBOX_DESCRIPTOR_H_
// A file descriptor that closes itself.

#include <unistd.h>

#include <utility>

namespace torchhub::python::sandbox {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(long number) : number_(static_cast<int>(number)) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_DESCRIPTOR_H_
