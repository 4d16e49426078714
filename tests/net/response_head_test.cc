#include <torchhub/net/ascii_case.h>
#include <torchhub/net/response_head.h>

#include <gtest/gtest.h>

#include <utility>

namespace torchhub::net {
namespace {

TEST(AsciiCase, KnowsAsciisLettersAlone) {
  EXPECT_EQ(lower_case("AZ az [`{@ 09"), "az az [`{@ 09");
  EXPECT_EQ(lower_case("\xC4\xE4"), "\xC4\xE4");
}

TEST(ResponseHead, FindsAHeaderInWhateverCase) {
  ResponseHead head;
  head.headers = {{"ETag", "\"a\""}, {"etag", "\"b\""}, {"Date", ""}};
  EXPECT_EQ(head.find("etag"), "\"a\"");
  EXPECT_EQ(head.find("ETAG"), "\"a\"");
  EXPECT_EQ(head.find("date"), "");
  EXPECT_EQ(head.find("etags"), std::nullopt);
  EXPECT_EQ(head.find("eta"), std::nullopt);
}

TEST(ResponseHead, IsASuccessFrom200To299) {
  ResponseHead head;
  for (const auto& [status, is_success] : {std::pair(199U, false), std::pair(200U, true),
                                           std::pair(299U, true), std::pair(300U, false)}) {
    head.status = status;
    EXPECT_EQ(head.is_success(), is_success) << status;
  }
}

}  // namespace
}  // namespace torchhub::net
