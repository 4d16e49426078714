#include <torchhub/net/downloader_config.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::Failure;
using tests::failure_of;

std::vector<std::string> amended(const std::string& config, const std::string& url) {
  std::vector<std::string> texts;
  for (const Url& each : DownloaderConfig::parse(config, "cfg").amend(Url::parse(url).value()))
    texts.push_back(each.text());
  return texts;
}

TEST(DownloaderConfig, LeavesAloneWhatItSaysNothingAbout) {
  EXPECT_THAT(amended("", "https://h/a?b"), ElementsAre("https://h/a?b"));
  EXPECT_THAT(amended("# a comment\n\n  \nrewrite other/(.*) x/$1\n", "https://h/a"),
              ElementsAre("https://h/a"));
}

TEST(DownloaderConfig, RewritesWholeUrls) {
  const std::string config =
      "rewrite download\\.pytorch\\.org/models/(.*) store.example.com/pytorch/$1\n";
  EXPECT_THAT(amended(config, "https://download.pytorch.org/models/r-f37072fd.pth"),
              ElementsAre("https://store.example.com/pytorch/r-f37072fd.pth"));
  // A pattern that matches a part only does not match.
  EXPECT_THAT(amended(config, "https://h/download.pytorch.org/models/r.pth"),
              ElementsAre("https://h/download.pytorch.org/models/r.pth"));
}

TEST(DownloaderConfig, OffersEveryReplacementInOrder) {
  EXPECT_THAT(
      amended("rewrite h/(.*) one/$1\nrewrite h/(.*) http://two:8080/x/$1\n", "https://h/a"),
      ElementsAre("https://one/a", "http://two:8080/x/a"));
}

TEST(DownloaderConfig, AllowsBeforeItBlocks) {
  const std::string config =
      "block *\nallow good.example\nrewrite bad.example/(.*) sub.good.example/$1\n"
      "all_blocked_message   Ask the build team.\n";
  EXPECT_THAT(amended(config, "https://bad.example/x"), ElementsAre("https://sub.good.example/x"));
  const Failure failure = failure_of([&] { amended(config, "https://evil.example/x?key=s3cret"); });
  EXPECT_EQ(failure.code, errc::blocked);
  EXPECT_THAT(failure.sentence, HasSubstr("Ask the build team."));
  EXPECT_THAT(failure.sentence, testing::Not(HasSubstr("s3cret")));
  EXPECT_EQ(failure_of([&] { amended("block example\n", "https://a.example/x"); }).code,
            errc::blocked);
  EXPECT_THAT(amended("block example\n", "https://anexample/x"),
              ElementsAre("https://anexample/x"));
}

TEST(DownloaderConfig, BlocksAHostWithItsFinalDotToo) {
  for (const char* url : {"https://example./x", "https://a.example./x"})
    EXPECT_EQ(failure_of([&] { amended("block example\n", url); }).code, errc::blocked) << url;
  EXPECT_THAT(amended("block *\nallow example\n", "https://example./x"),
              ElementsAre("https://example./x"));
}

TEST(DownloaderConfig, RefusesLinesThatAreNone) {
  for (const char* line :
       {"allow", "allow a b", "block", "rewrite a", "rewrite a b c", "rewrite ( b",
        "all_blocked_message", "forbid x", "all_blocked_message a\nall_blocked_message b"}) {
    const Failure failure = failure_of([&] { DownloaderConfig::parse(line, "my.cfg"); });
    EXPECT_EQ(failure.code, errc::bad_downloader_config) << line;
    EXPECT_THAT(failure.sentence, HasSubstr("my.cfg:"));
  }
}

TEST(DownloaderConfig, RefusesAPatternThatTakesForEver) {
  const std::string url = "https://h/" + std::string(64, 'a');
  const Failure failure = failure_of([&] { amended("rewrite h/(a*)*(a*)*(a*)*b x/$1\n", url); });
  EXPECT_EQ(failure.code, errc::bad_downloader_config);
  EXPECT_THAT(failure.sentence, HasSubstr("(a*)*(a*)*(a*)*b"));
}

TEST(DownloaderConfig, ComesFromTheEnvironment) {
  const tests::TempFolder folder;
  tests::write_file(folder / "cfg", "block *\r\n");
  const tests::ScopedVariable variable("TORCHHUB_DOWNLOADER_CONFIG", folder / "cfg");
  EXPECT_EQ(failure_of([] {
              DownloaderConfig::from_environment().amend(Url::parse("https://h/").value());
            }).code,
            errc::blocked);
  const tests::ScopedVariable missing("TORCHHUB_DOWNLOADER_CONFIG", folder / "none");
  EXPECT_EQ(failure_of([] { DownloaderConfig::from_environment(); }).code,
            errc::bad_downloader_config);
}

}  // namespace
}  // namespace torchhub::net
