#include <torchhub/cache/part_file.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::failure_of;

// A socket's name must be short.
void make_socket(const fs::path& path) {
  const fs::path before = fs::current_path();
  fs::current_path(path.parent_path());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.filename().string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(descriptor);
  fs::current_path(before);
}

TEST(ReplacedPath, IsThePathOfAFileOrOfNothing) {
  const tests::TempFolder folder;
  tests::write_file(folder / "file", "x");
  EXPECT_EQ(replaced_path(folder / "file"), folder / "file");
  EXPECT_EQ(replaced_path(folder / "absent"), folder / "absent");
  EXPECT_EQ(replaced_path(folder / "no/folder"), folder / "no/folder");
}

TEST(ReplacedPath, IsWhereALinkLeads) {
  const tests::TempFolder folder;
  tests::write_file(folder / "there/file", "x");
  fs::create_symlink(folder / "there/file", folder / "absolute");
  fs::create_symlink("there/file", folder / "relative");
  fs::create_symlink("relative", folder / "chain");
  for (const char* name : {"absolute", "relative", "chain"}) {
    EXPECT_TRUE(fs::equivalent(replaced_path(folder / name), folder / "there/file")) << name;
    EXPECT_FALSE(fs::is_symlink(replaced_path(folder / name))) << name;
  }
}

TEST(ReplacedPath, IsNoneOfWhatIsNoRegularFile) {
  const tests::TempFolder folder;
  fs::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0666), 0);
  make_socket(folder / "socket");
  for (const char* name : {"folder", "fifo", "socket"}) {
    fs::create_symlink(name, folder / (std::string(name) + "_link"));
    for (const std::string& path : {std::string(name), std::string(name) + "_link"}) {
      const tests::Failure failure = failure_of([&] { replaced_path(folder / path); });
      EXPECT_EQ(failure.code.value(), path.starts_with("folder") ? EISDIR : EPERM) << path;
      EXPECT_THAT(failure.sentence, HasSubstr("/" + path + ": is a "));
    }
  }
  for (const char* path : {"/dev/null", "/dev/full"})
    EXPECT_EQ(failure_of([&] { replaced_path(path); }).code.value(), EPERM) << path;
  fs::create_symlink("/dev/null", folder / "null");
  EXPECT_THAT(failure_of([&] { replaced_path(folder / "null"); }).sentence,
              HasSubstr("is a device, and no file takes its place"));
}

TEST(ReplacedPath, IsALinkThatLeadsNowhere) {
  const tests::TempFolder folder;
  fs::create_symlink("nothing", folder / "dangling");
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  for (const char* name : {"dangling", "a"}) {
    EXPECT_EQ(replaced_path(folder / name), folder / name);
    PartFile part(folder / name);
    part.publish();
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder / name))) << name;
  }
  EXPECT_FALSE(fs::exists(folder / "nothing"));
}

// As /dev/stdout is, in front of a pipe.
TEST(ReplacedPath, IsNoneOfAnOpenFileWithoutAName) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::string path = "/proc/self/fd/" + std::to_string(ends[1]);
  EXPECT_THAT(failure_of([&] { replaced_path(path); }).sentence, HasSubstr("is a FIFO"));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(RequireWritable, RefusesWhatIsReadOnlyByItsMode) {
  const tests::TempFolder folder;
  tests::write_file(folder / "file", "x");
  require_writable(folder / "file");
  require_writable(folder / "absent");
  for (const mode_t mode : {0444, 0400, 0466}) {
    ASSERT_EQ(::chmod((folder / "file").c_str(), mode), 0);
    const tests::Failure failure = failure_of([&] { require_writable(folder / "file"); });
    EXPECT_EQ(failure.code, boost::system::errc::permission_denied) << std::oct << mode;
    EXPECT_THAT(failure.sentence, HasSubstr("file: is read-only; "));
  }
}

// The parts of files that are made grow beside where the links lead.
TEST(ReplacedPath, IsWhatAPartFileReplaces) {
  const tests::TempFolder folder;
  tests::write_file(folder / "there/file", "before");
  fs::create_symlink("there/file", folder / "link");
  EXPECT_EQ(PartFile::path_of(folder / "link"), folder / "there/file.torchhub-part");
  PartFile part(folder / "link");
  part.write_at(0, std::as_bytes(std::span("new", 3)));
  part.publish();
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(tests::read_file(folder / "there/file"), "new");
}

TEST(ReplacedPath, IsLookedAtAgainWhenAPartIsPublished) {
  const tests::TempFolder folder;
  PartFile part(folder / "x");
  ASSERT_EQ(::mkfifo((folder / "x").c_str(), 0666), 0);
  EXPECT_EQ(failure_of([&] { part.publish(); }).code.value(), EPERM);
  EXPECT_TRUE(fs::is_fifo(folder / "x"));
}

}  // namespace
}  // namespace torchhub::cache
