#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_lock.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

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

// Between opening a part file and locking it, its holder may have published it: the lock would be
// one on the published file, which its new holder would empty.
TEST(FileLock, IsNotTakenOnAFileThatWasRenamed) {
  const tests::TempFolder folder;
  const std::string path = folder / "x";
  const detail::File file(open(path.c_str(), O_RDWR | O_CREAT, 0666));
  ASSERT_TRUE(file);
  EXPECT_EQ(detail::try_lock(path, file), detail::Lock::taken);
  std::filesystem::rename(path, folder / "published");
  const detail::File late(open((folder / "published").c_str(), O_RDWR));
  EXPECT_EQ(detail::try_lock(path, late), detail::Lock::busy);
  EXPECT_EQ(detail::try_lock(path, file), detail::Lock::busy);
  tests::write_file(path, "another");
  EXPECT_EQ(detail::try_lock(path, file), detail::Lock::busy);
}

TEST(FileLock, IsNoneWhereSomethingElseLies) {
  const tests::TempFolder folder;
  std::filesystem::create_symlink("elsewhere", folder / "link");
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0666), 0);
  for (const char* name : {"link", "folder", "fifo"}) {
    const FileLock one(folder / name, 0s);
    EXPECT_EQ(tests::failure_of([&] { FileLock(folder / name, 0s); }).sentence,
              "(nothing was thrown)")
        << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

}  // namespace
}  // namespace torchhub::cache
