#ifndef TORCHHUB_TESTS_SUPPORT_SECOND_USER_H_
#define TORCHHUB_TESTS_SUPPORT_SECOND_USER_H_
// Another user beside the one who runs the test, for folders that several share.
//
//   if (!tests::can_be_second_user()) GTEST_SKIP() << "needs root, to be another user for a while";
//   tests::as_second_user([&] { tests::write_file(shared / "planted", "x"); });

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace torchhub::tests {

/// "nobody", who owns nothing of the test's.
inline constexpr uid_t kSecondUser = 65534;

/// Runs `act` in a process of that user's. Throws where it can't, or where `act` throws.
template <class Act>
void as_second_user(Act act) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(kSecondUser) != 0 || ::setuid(kSecondUser) != 0)
      ::_exit(1);
    try {
      act();
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  int status = -1;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
    throw std::runtime_error("the second user's process failed");
}

/// Whether this process may act as that user.
inline bool can_be_second_user() {
  try {
    as_second_user([] {});
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_SECOND_USER_H_
