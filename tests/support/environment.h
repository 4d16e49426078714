#ifndef TORCHHUB_TESTS_SUPPORT_ENVIRONMENT_H_
#define TORCHHUB_TESTS_SUPPORT_ENVIRONMENT_H_
// Environment variables for the length of a test.

#include <cstdlib>
#include <optional>
#include <string>

namespace torchhub::tests {

class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (before_) {
      setenv(name_.c_str(), before_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_ENVIRONMENT_H_
