#ifndef TORCHHUB_TESTS_SUPPORT_OTHER_USER_H_
#define TORCHHUB_TESTS_SUPPORT_OTHER_USER_H_
// A second user, nobody, for what is shared with others. Only root can be one: a test begins with
//
//   if (!tests::has_other_user()) GTEST_SKIP() << tests::kNoOtherUser;
//
// and its target is tagged "no-sandbox", since Bazel's sandbox maps no second user.

#include <gtest/gtest.h>

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace torchhub::tests {

inline constexpr uid_t kOtherUser = 65534;
inline constexpr const char* kNoOtherUser = "only root, outside a sandbox, can be another user";

/// A folder in which everybody may write, below one that everybody may enter.
class SharedFolder {
 public:
  SharedFolder() {
    std::string name = "/tmp/torchhub.XXXXXX";
    if (!mkdtemp(name.data()) || chmod(name.c_str(), 0777) != 0)
      throw std::runtime_error("no shared folder: " + name);
    path_ = name;
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  ~SharedFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Runs `body`, with its expectations, in a child process as the other user. Whether all held.
template <class Body>
bool holds_for_other_user(Body body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(kOtherUser) != 0 || setuid(kOtherUser) != 0) _exit(2);
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The same for what must not fail: throws where it does.
template <class Body>
void as_other_user(Body body) {
  if (!holds_for_other_user(body)) throw std::runtime_error("the other user's process failed");
}

inline bool has_other_user() {
  return geteuid() == 0 && holds_for_other_user([] {});
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_OTHER_USER_H_
