// Eight processes that want one file at once: with locks that work, and with locks that lie.

#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/real_servers.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;

constexpr int kProcesses = 8;
constexpr std::size_t kFileBytes = std::size_t{24} << 20;

class SharedDownloadTest : public testing::Test {
 protected:
  SharedDownloadTest() { tests::write_file(nginx_.root() / ("f-" + hash_ + ".bin"), content_); }

  // All at once; every one must succeed.
  void run_all(const std::map<std::string, std::string>& variables = {}) {
    std::vector<std::unique_ptr<tests::Process>> processes;
    for (int i = 0; i < kProcesses; ++i) {
      processes.push_back(std::make_unique<tests::Process>(
          std::vector<std::string>{"hub/cli/torchhub", "download",
                                   nginx_.url() + "/f-" + hash_ + ".bin", folder_ / "out/f",
                                   "--sha256", hash_},
          variables, folder_ / "output"));
    }
    for (const auto& process : processes)
      EXPECT_EQ(process->wait(), 0) << tests::read_file(folder_ / "output");
    EXPECT_TRUE(tests::read_file(folder_ / "out/f") == content_);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ / "out")) ++files;
    EXPECT_EQ(files, 1u);
  }

  const std::string content_ = tests::pattern(kFileBytes);
  const std::string hash_ = [this] {
    tests::TempFolder folder;
    tests::write_file(folder / "f", content_);
    return tests::run({"/usr/bin/sha256sum", folder / "f"}).out.substr(0, 64);
  }();
  const tests::Nginx nginx_;
  tests::TempFolder folder_;
  const bool made_ = fs::create_directories(folder_ / "out");
};

TEST_F(SharedDownloadTest, FetchesOnceWhereLocksWork) {
  run_all();
  std::size_t sent = 0;
  const std::string log = nginx_.log();
  for (std::size_t at = log.find(" 206 "); at != log.npos; at = log.find(" 206 ", at + 1))
    sent += std::stoull(log.substr(at + 5));
  // A span whose end was stolen may have been on its way already.
  EXPECT_LT(sent, kFileBytes + kFileBytes / 2);
}

TEST_F(SharedDownloadTest, IsRightWhereLocksLie) {
  // AddressSanitizer wants to be loaded first; what it says of flock does not matter here.
  run_all({{"LD_PRELOAD", fs::absolute("tests/support/liblying_flock.so")},
           {"ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0"}});
}

}  // namespace
}  // namespace torchhub
