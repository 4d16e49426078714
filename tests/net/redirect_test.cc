#include <torchhub/net/redirect.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

ResponseHead moved_to(const std::string& location) {
  ResponseHead head;
  head.status = 302;
  head.headers = {{"Content-Type", "text/html"}, {"LOCATION", location}};
  return head;
}

TEST(Redirect, IsOneOfFiveStatuses) {
  for (unsigned status = 100; status < 600; ++status) {
    const bool expected =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    EXPECT_EQ(is_redirect(status), expected) << status;
  }
}

TEST(Redirect, LeadsToTheLocation) {
  const Url from = Url::parse("https://h/a").value();
  EXPECT_EQ(redirect_target(from, moved_to("/b")).value().text(), "https://h/b");
  EXPECT_EQ(redirect_target(from, moved_to("https://other/b")).value().text(), "https://other/b");
}

TEST(Redirect, NeverLeadsFromHttpsToHttp) {
  const Url from = Url::parse("https://h/a").value();
  EXPECT_EQ(redirect_target(from, moved_to("http://h/a")).error(), errc::insecure_redirect);
  const Url plain = Url::parse("http://h/a").value();
  EXPECT_EQ(redirect_target(plain, moved_to("https://h/a")).value().text(), "https://h/a");
}

TEST(Redirect, NeedsAUsableLocation) {
  const Url from = Url::parse("https://h/a").value();
  EXPECT_EQ(redirect_target(from, ResponseHead()).error(), errc::bad_response);
  EXPECT_EQ(redirect_target(from, moved_to("file:///etc/passwd")).error(), errc::invalid_url);
}

TEST(Redirect, KeepsSecretsToTheirOrigin) {
  const Url first = Url::parse("https://h/a").value();
  EXPECT_TRUE(may_see_secrets(first, Url::parse("https://H:443/b").value()));
  EXPECT_FALSE(may_see_secrets(first, Url::parse("http://h/b").value()));
  EXPECT_FALSE(may_see_secrets(first, Url::parse("https://h:8443/b").value()));
  EXPECT_FALSE(may_see_secrets(first, Url::parse("https://h.evil/b").value()));
}

}  // namespace
}  // namespace torchhub::net
