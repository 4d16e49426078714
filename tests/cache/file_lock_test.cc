#include <torchhub/cache/file_lock.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace torchhub::cache {
namespace {

using namespace std::chrono_literals;

TEST(FileLock, ExcludesAnother) {
  const tests::TempFolder folder;
  std::optional<FileLock> first(std::in_place, folder / "locks/x.lock");
  EXPECT_EQ(tests::failure_of([&] { FileLock(folder / "locks/x.lock", 30ms); }).code,
            errc::lock_timeout);
  EXPECT_EQ(tests::failure_of([&] { FileLock(folder / "locks/y.lock", 30ms); }).sentence,
            "(nothing was thrown)");
  first.reset();
  EXPECT_EQ(tests::failure_of([&] { FileLock(folder / "locks/x.lock", 30ms); }).sentence,
            "(nothing was thrown)");
}

TEST(FileLock, IsHandedOn) {
  const tests::TempFolder folder;
  std::optional<FileLock> first(std::in_place, folder / "x.lock");
  std::atomic<bool> got = false;
  std::thread waiter([&] {
    const FileLock lock(folder / "x.lock", 10s);
    got = true;
  });
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(got);
  first.reset();
  waiter.join();
  EXPECT_TRUE(got);
}

TEST(FileLock, NoticesThatItsFileWasReplaced) {
  // Whoever waits on a file that is gone meanwhile holds nothing.
  const tests::TempFolder folder;
  std::optional<FileLock> first(std::in_place, folder / "x.lock");
  std::optional<FileLock> second;
  std::thread waiter([&] { second.emplace(folder / "x.lock", 10s); });
  std::this_thread::sleep_for(50ms);
  std::filesystem::remove(folder / "x.lock");
  first.reset();
  waiter.join();
  EXPECT_TRUE(std::filesystem::exists(folder / "x.lock"));
  EXPECT_EQ(tests::failure_of([&] { FileLock(folder / "x.lock", 30ms); }).code, errc::lock_timeout);
}

}  // namespace
}  // namespace torchhub::cache
