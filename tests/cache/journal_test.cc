#include <torchhub/cache/detail/journal.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>

#include <string>

namespace torchhub::cache::detail {
namespace {

std::vector<std::byte> bytes(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

std::string text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// In KiB, so far.
long most_memory() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class JournalTest : public testing::Test {
 protected:
  // As another process would read it.
  Journal::Content loaded() { return Journal(path_, subject_).load(); }

  // Spoils a byte of slot `slot`.
  void spoil(std::size_t slot) {
    std::string content = tests::read_file(path_);
    content.at(4096 + slot * (std::size_t{64} << 10) + 150) ^= 1;
    tests::write_file(path_, content);
  }

  // As after another boot of the machine: what was not flushed is gone.
  void reboot() {
    std::string content = tests::read_file(path_);
    for (const std::size_t slot : {0U, 1U}) content.at(4096 + slot * (std::size_t{64} << 10)) ^= 1;
    tests::write_file(path_, content);
  }

  tests::TempFolder folder_;
  const std::string path_ = folder_ / "journal";
  const File subject_{::open((folder_ / "part").c_str(), O_RDWR | O_CREAT, 0600)};
  Journal journal_{path_, subject_};
};

TEST_F(JournalTest, IsEmptyBeforeItIsWritten) {
  EXPECT_TRUE(loaded().state.empty());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(JournalTest, RemembersTheLastStateAndItsLog) {
  journal_.save(bytes("one"));
  journal_.append(bytes("lost with the next save"));
  journal_.save(bytes("two"));
  journal_.append(bytes("a"));
  journal_.append(bytes("b"));
  EXPECT_EQ(text(loaded().state), "two");
  EXPECT_EQ(text(loaded().log), "ab");
}

TEST_F(JournalTest, GrowsWithItsState) {
  journal_.save(bytes("small"));
  const std::string large(300'000, 'x');
  journal_.save(bytes(large));
  journal_.append(bytes("a"));
  EXPECT_EQ(text(loaded().state), large);
  EXPECT_EQ(text(loaded().log), "a");
}

TEST_F(JournalTest, FallsBackWhereTheLastWriteWasTorn) {
  journal_.save(bytes(std::string(200, '1')));
  journal_.save(bytes(std::string(200, '2')));
  journal_.append(bytes("of the second"));
  spoil(1);
  EXPECT_EQ(text(loaded().state), std::string(200, '1'));
  EXPECT_EQ(text(loaded().log), "");
  // What is saved next does not take the place of the only good one.
  Journal next(path_, subject_);
  next.load();
  next.save(bytes(std::string(200, '3')));
  spoil(1);
  EXPECT_EQ(text(loaded().state), std::string(200, '1'));
}

TEST_F(JournalTest, BelievesALogUpToItsFirstTornRecord) {
  journal_.save(bytes("state"));
  journal_.append(bytes("first"));
  journal_.append(bytes("second"));
  std::string content = tests::read_file(path_);
  content.back() ^= 1;
  tests::write_file(path_, content);
  EXPECT_EQ(text(loaded().log), "first");
}

TEST_F(JournalTest, BelievesAfterACrashOfTheMachineOnlyWhatWasFlushed) {
  journal_.save(bytes("saved"));
  journal_.flush(bytes("flushed"));
  journal_.save(bytes("saved later"));
  journal_.append(bytes("log"));
  EXPECT_EQ(text(loaded().state), "saved later");
  reboot();
  EXPECT_EQ(text(loaded().state), "flushed");
  EXPECT_EQ(text(loaded().log), "");
}

TEST_F(JournalTest, SpeaksOfItsOwnFileOnly) {
  journal_.save(bytes("state"));
  const File other(::open((folder_ / "other").c_str(), O_RDWR | O_CREAT, 0600));
  EXPECT_TRUE(Journal(path_, other).load().state.empty());
}

TEST_F(JournalTest, IsNotMisledByOtherBytes) {
  for (const std::size_t size : {0U, 10U, 5000U, 500'000U}) {
    tests::write_file(path_, std::string(size, '\x7f'));
    EXPECT_TRUE(loaded().state.empty()) << size;
  }
}

// A slot that claims a gigabyte costs what the file has.
TEST_F(JournalTest, BelievesNoLengthBeyondItsEnd) {
  journal_.save(bytes("state"));
  std::string content = tests::read_file(path_);
  const std::uint64_t capacity = std::uint64_t{1} << 30;
  content.replace(8, sizeof capacity, reinterpret_cast<const char*>(&capacity), sizeof capacity);
  const std::uint64_t length = capacity - 4096;
  // Behind magic, generation, device, inode, boot and a flag.
  const std::size_t at = 4096 + 8 + 3 * 8 + 36 + 4;
  content.replace(at, sizeof length, reinterpret_cast<const char*>(&length), sizeof length);
  tests::write_file(path_, content);
  const long before = most_memory();
  EXPECT_TRUE(loaded().state.empty());
  EXPECT_LT(most_memory() - before, 64 << 10);
}

TEST_F(JournalTest, IsNoneUnderASecondName) {
  journal_.save(bytes("state"));
  EXPECT_EQ(text(loaded().state), "state");
  std::filesystem::create_hard_link(path_, folder_ / "second");
  EXPECT_TRUE(loaded().state.empty());
}

}  // namespace
}  // namespace torchhub::cache::detail
