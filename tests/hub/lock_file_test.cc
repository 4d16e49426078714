#include <torchhub/hub/lock_file.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace torchhub {
namespace {

using testing::HasSubstr;

const std::string kText = R"({
  "version": 1,
  "repositories": {
    "acme/digits": {"ref": "main", "commit": ")" +
                          std::string(40, 'a') + R"(", "tree": ")" + std::string(64, 'b') + R"("}
  },
  "urls": {
    "https://h/a.pth": {"sha256": ")" +
                          std::string(64, 'c') + R"(", "size": 5000000000},
    "https://h/b.pth?x=\"1\"": {"sha256": ")" +
                          std::string(64, 'd') + R"(", "size": 0}
  }
}
)";

std::string refusal(const std::string& text) {
  const tests::Failure failure = tests::failure_of([&] { parse_lock_file(text, "some/hub.lock"); });
  EXPECT_EQ(failure.code, errc::bad_lock_file);
  EXPECT_THAT(failure.sentence, HasSubstr("some/hub.lock: "));
  return failure.sentence;
}

TEST(LockFile, IsWrittenAsItIsRead) {
  const LockFile pins = parse_lock_file(kText, "hub.lock");
  EXPECT_EQ(pins.find_repository("acme/digits")->ref, "main");
  EXPECT_EQ(pins.find_url("https://h/a.pth")->size, 5'000'000'000u);
  EXPECT_EQ(pins.find_url("https://h/c.pth"), nullptr);
  EXPECT_EQ(serialize_lock_file(pins), kText);
}

TEST(LockFile, MayBeEmpty) {
  const std::string text = serialize_lock_file(LockFile());
  EXPECT_EQ(parse_lock_file(text, "x"), LockFile());
}

TEST(LockFile, IsRefusedWithWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("not an object"));
  EXPECT_THAT(refusal(R"({"version": 2})"), HasSubstr("version 1"));
  EXPECT_THAT(refusal(R"({"version": 1, "urls": {}})"), HasSubstr("repositories"));
  const std::string front = R"({"version": 1, "repositories": {}, "urls": {"https://h/x": )";
  EXPECT_THAT(refusal(front + "5}}"), HasSubstr("https://h/x is not an object"));
  EXPECT_THAT(refusal(front + R"({"size": 5}}})"), HasSubstr("https://h/x has no \"sha256\""));
  EXPECT_THAT(refusal(front + R"({"size": 5, "sha256": "ABC"}}})"), HasSubstr("64 lower-case"));
  EXPECT_THAT(refusal(front + R"({"size": -1, "sha256": ")" + std::string(64, 'a') + "\"}}}"),
              HasSubstr("has no \"size\""));
}

TEST(LockFile, HoldsNoPasswords) {
  EXPECT_EQ(lock_key_of_url("https://user:secret@h/a.pth?v=1"), "https://h/a.pth?v=1");
}

TEST(LockFile, ThatIsNotThereIsSaid) {
  const tests::TempFolder folder;
  const tests::Failure failure = tests::failure_of([&] { read_lock_file(folder / "hub.lock"); });
  EXPECT_EQ(failure.code, boost::system::errc::no_such_file_or_directory);
  EXPECT_THAT(failure.sentence, HasSubstr("hub.lock"));
}

TEST(LockFile, IsARegularFile) {
  const tests::TempFolder folder;
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0666), 0);
  std::filesystem::create_symlink("loop", folder / "loop");
  const auto sentence = [&](const char* name) {
    return tests::failure_of([&] { read_lock_file(folder / name); }).sentence;
  };
  EXPECT_EQ(sentence("folder"),
            (folder / "folder").string() + ": this lock file cannot be read: Is a directory");
  EXPECT_EQ(sentence("fifo"), (folder / "fifo").string() + ": not a lock file: no regular file");
  EXPECT_EQ(sentence("loop"), (folder / "loop").string() +
                                  ": this lock file cannot be read: Too many levels of symbolic "
                                  "links");
}

TEST(LockFile, IsKeptWhereItIsReadOnly) {
  const tests::TempFolder folder;
  write_lock_file(folder / "hub.lock", LockFile());
  std::filesystem::permissions(folder / "hub.lock", std::filesystem::perms::owner_read);
  EXPECT_EQ(tests::failure_of([&] { write_lock_file(folder / "hub.lock", LockFile()); }).code,
            boost::system::errc::permission_denied);
  write_lock_file(folder / "hub.lock", LockFile(), true);
}

}  // namespace
}  // namespace torchhub
