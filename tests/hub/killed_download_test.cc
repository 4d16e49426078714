// The command, killed at random moments of a download: what is there is right, and little of what
// came is fetched again. TORCHHUB_KILLS says how often; the default is 20.

#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/real_servers.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::size_t kFileBytes = std::size_t{256} << 20;
constexpr std::size_t kGranuleBytes = std::size_t{256} << 10;

// Whole granules of `content` that are in the file.
std::size_t whole_granules(const fs::path& file, const std::string& content) {
  const std::string part = fs::exists(file) ? tests::read_file(file) : "";
  std::size_t count = 0;
  for (std::size_t at = 0; at + kGranuleBytes <= part.size(); at += kGranuleBytes)
    count += part.compare(at, kGranuleBytes, content, at, kGranuleBytes) == 0;
  return count;
}

TEST(KilledDownload, LosesNothingAndLeavesNothingWrong) {
  const char* asked = std::getenv("TORCHHUB_KILLS");
  const int kills = asked ? std::atoi(asked) : 20;
  const std::string content = tests::pattern(kFileBytes);
  const tests::Nginx nginx("limit_rate_after 64m; limit_rate 96m;");
  tests::write_file(nginx.root() / "f", content);
  const tests::TempFolder folder;
  const fs::path target = folder / "f";
  const std::vector<std::string> command = {
      "hub/cli/torchhub", "download", nginx.url() + "/f", target, "--json", "--quiet"};
  const auto begin = steady_clock::now();
  tests::run(command);
  const auto whole = steady_clock::now() - begin;
  fs::remove(target);

  std::mt19937 random(20261124);
  int killed = 0;
  for (int i = 0; i < kills; ++i) {
    SCOPED_TRACE(i);
    std::uniform_real_distribution<double> share(0.02, 1);
    {
      tests::Process download(command);
      std::this_thread::sleep_for(
          std::chrono::duration_cast<std::chrono::microseconds>(whole * share(random)));
      download.send(SIGKILL);
      killed += download.wait() == 128 + SIGKILL;
    }
    if (fs::exists(target)) {
      ASSERT_TRUE(tests::read_file(target) == content);
    } else {
      const std::size_t there = whole_granules(folder / "f.torchhub-part", content);
      const tests::Outcome outcome = tests::run(command);
      ASSERT_EQ(outcome.status, 0) << outcome.err;
      ASSERT_TRUE(tests::read_file(target) == content);
      const auto resumed = static_cast<std::size_t>(
          boost::json::parse(outcome.out).at("files").at(0).at("resumed_bytes").as_int64());
      EXPECT_GE(resumed + 2 * kGranuleBytes, there * kGranuleBytes);
    }
    fs::remove(target);
  }
  EXPECT_GE(killed, kills / 2);
  // Nothing is left beside the target.
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(KilledDownload, GoesOnAfterAnInterruptionAndSaysSo) {
  const std::string content = tests::pattern(kFileBytes / 8);
  const tests::Nginx nginx("limit_rate_after 4m; limit_rate 1m;");
  tests::write_file(nginx.root() / "f", content);
  const tests::TempFolder folder;
  const std::vector<std::string> command = {"hub/cli/torchhub", "download", nginx.url() + "/f",
                                            folder / "f"};
  {
    tests::Process download(command, {}, folder / "output");
    while (!fs::exists(folder / "f.torchhub-part-journal"))
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto sent = steady_clock::now();
    download.send(SIGINT);
    EXPECT_EQ(download.wait(), 130);
    EXPECT_LT(steady_clock::now() - sent, std::chrono::seconds(2));
  }
  EXPECT_NE(tests::read_file(folder / "output").find("the same command goes on with"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "f"));
  EXPECT_TRUE(fs::exists(folder / "f.torchhub-part"));
  // Told not to, it begins anew.
  tests::Process again({command[0], command[1], command[2], command[3], "--no-resume"});
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  again.send(SIGINT);
  again.wait();
}

}  // namespace
}  // namespace torchhub
