// Lengths that a server claims and does not send.

#include <torchhub/cache/part_file.h>
#include <torchhub/net/error.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <atomic>
#include <stdexcept>

namespace torchhub::net {
namespace {

using tests::download;
using tests::Failure;
using tests::failure_of;
using tests::FaultReply;
using tests::FaultRequest;
using tests::FaultServer;

std::string whole(const std::string& length) {
  return "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: " + length + "\r\n\r\nhello";
}

std::string range(const std::string& total) {
  return "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes 0-4/" + total +
         "\r\nContent-Length: 5\r\n\r\nhello";
}

const std::string kLengths[] = {"1000000000000", "1000000000000000", "1125899906842624",
                                "9223372036854775807"};

class ClaimedLengthTest : public testing::Test {
 protected:
  FaultServer server_{[this](const FaultRequest&) {
    FaultReply reply;
    reply.raw = raw_;
    return reply;
  }};
  std::string raw_;
};

TEST_F(ClaimedLengthTest, CostsNoMemory) {
  // More than this test takes, and far less than a table of what is claimed.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_DATA, &before), 0);
  // A sanitizer has tables of its own.
  if (!tests::kIsSanitized) {
    rlimit limit = before;
    limit.rlim_cur = rlim_t{1} << 30;
    ASSERT_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
  }
  for (const std::string& length : kLengths) {
    for (const std::string& raw : {whole(length), range(length)}) {
      raw_ = raw;
      const Failure failure =
          failure_of([&] { download(server_.url() + "/f", DownloadOptions().attempts(1)); });
      EXPECT_EQ(failure.code.category(), error_category()) << length << ": " << failure.sentence;
    }
  }
  setrlimit(RLIMIT_DATA, &before);
}

TEST_F(ClaimedLengthTest, IsHeldAgainstTheRoomOnTheDisk) {
  const tests::TempFolder folder;
  for (const std::string& length : {kLengths[2], kLengths[3]}) {
    for (const std::string& raw : {whole(length), range(length)}) {
      raw_ = raw;
      const Failure failure = failure_of([&] {
        cache::PartFile part(folder / "f");
        tests::download_into(server_.url() + "/f", part);
      });
      EXPECT_EQ(failure.code, boost::system::errc::no_space_on_device);
      EXPECT_THAT(failure.sentence, testing::HasSubstr("needs " + length + ", there are "));
      EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    }
  }
}

TEST_F(ClaimedLengthTest, IsNotMoreThanAFileCanHave) {
  for (const char* length : {"9223372036854775808", "10000000000000000000"}) {
    raw_ = range(length);
    const Failure failure = failure_of([&] { download(server_.url() + "/f"); });
    EXPECT_EQ(failure.code, errc::too_large) << failure.sentence;
    EXPECT_THAT(failure.sentence, testing::HasSubstr(length));
  }
  for (const char* length : {"9223372036854775808", "100000000000000000000000"}) {
    raw_ = whole(length);
    EXPECT_EQ(
        failure_of([&] { download(server_.url() + "/f", DownloadOptions().attempts(1)); }).code,
        errc::bad_response);
  }
}

TEST_F(ClaimedLengthTest, IsRefusedWhereItIsMoreThanIsAllowed) {
  for (const std::string& raw : {whole("1001"), range("1001")}) {
    raw_ = raw;
    const Failure failure =
        failure_of([&] { download(server_.url() + "/f", DownloadOptions().max_bytes(1000)); });
    EXPECT_EQ(failure.code, errc::too_large) << failure.sentence;
  }
}

// That what came cannot be remembered is not why a download failed.
TEST(FullDisk, IsSaidAlsoWhereTheJournalIsFullToo) {
  struct FullSink : MemorySink {
    void write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
      is_full = is_full || offset >= 20 * tests::kMiB;
      if (is_full) throw std::runtime_error("no room for the file");
      MemorySink::write_at(offset, bytes);
    }
    void save_state(std::span<const std::byte> state) {
      if (is_full) throw std::runtime_error("no room for the journal");
      MemorySink::save_state(state);
    }
    std::atomic<bool> is_full = false;
  } sink;
  const FaultServer server(
      [](const FaultRequest& request) { return tests::serve(tests::large(), request); });
  std::string sentence;
  try {
    tests::download_into(server.url() + "/f", sink);
  } catch (const std::runtime_error& error) {
    sentence = error.what();
  }
  EXPECT_EQ(sentence, "no room for the file");
}

}  // namespace
}  // namespace torchhub::net
