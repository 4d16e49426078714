#include <torchhub/net/detail/address/userinfo.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

TEST(Userinfo, EndsAtTheLastAt) {
  EXPECT_EQ(with_sound_userinfo("http://u:a@b@h/x@y"), "http://u:a%40b@h/x@y");
  EXPECT_EQ(with_sound_userinfo("http://u:a@b@c@h?q=@"), "http://u:a%40b%40c@h?q=@");
  EXPECT_EQ(with_sound_userinfo("http://h/x@y"), "http://h/x@y");
  EXPECT_EQ(with_sound_userinfo("http://h#@"), "http://h#@");
}

TEST(Userinfo, IsEncodedWhereItMustBe) {
  EXPECT_EQ(with_sound_userinfo("http://u:a%40b%zz%@h/"), "http://u:a%40b%25zz%25@h/");
  EXPECT_EQ(with_sound_userinfo("http://u:a b[|]\xC3\xA9@h/"), "http://u:a%20b%5B%7C%5D%C3%A9@h/");
  EXPECT_EQ(with_sound_userinfo("http://u-._~!$&'()*+,;=:x:y@h"), "http://u-._~!$&'()*+,;=:x:y@h");
}

TEST(Userinfo, OfAProxyMayHoldAnything) {
  EXPECT_EQ(with_sound_proxy_userinfo("http://u:a/b?c#d@e@h:3128"),
            "http://u:a%2Fb%3Fc%23d%40e@h:3128");
  EXPECT_EQ(with_sound_proxy_userinfo("http://h:3128"), "http://h:3128");
}

TEST(Userinfo, BeginsBehindTheScheme) {
  EXPECT_EQ(authority_begin("https://h"), 8u);
  EXPECT_EQ(authority_begin("//h"), 2u);
  EXPECT_EQ(authority_begin("h:80"), std::string_view::npos);
  EXPECT_EQ(authority_begin("user:p://w@h"), std::string_view::npos);
}

TEST(Userinfo, IsNeverShown) {
  EXPECT_EQ(without_userinfo("https://u:hunter@zwei@h/a@b"), "https://h/a@b");
  EXPECT_EQ(without_userinfo("https://h:80/a@b"), "https://h:80/a@b");
  EXPECT_EQ(without_userinfo("https://[::1]:80/a@b"), "https://[::1]:80/a@b");
  // What a password with these characters looks like to a parser.
  for (const char* text :
       {"https://u:hun/ter@h/f", "https://u:hun?ter@h/f", "https://u:hun#ter@h/f",
        "https://u:hun/t@er@h/f", "https://u:hun ter@h/f"}) {
    const std::string shown = without_userinfo(text);
    EXPECT_EQ(shown.find("hun/"), shown.npos) << shown;
    EXPECT_EQ(shown.find("u:"), shown.npos) << shown;
  }
  EXPECT_EQ(without_userinfo("https://u:hun/ter@h/f"), "https://h/f");
  EXPECT_EQ(without_userinfo("u:s3cret@h/f"), "h/f");
  EXPECT_EQ(without_userinfo("https:/u:s3cret@h/f"), "h/f");
  EXPECT_EQ(without_userinfo("not a url"), "not a url");
  // No host, or two with a port: a slash stands in a password.
  for (const char* text : {"http:///u:s3cret@h/f", "http:////u:s3cret@h/f", "http://#u:s3cret@h/f",
                           "http://u:1234/s3cret@h:80/f", "http://u:1234/x@s3cret@h:80/f"}) {
    const std::string shown = without_userinfo(text);
    EXPECT_EQ(shown.find("s3cret"), shown.npos) << shown;
    EXPECT_NE(shown.find("h"), shown.npos) << shown;
  }
  EXPECT_EQ(without_userinfo("http://h:80/a@1.2/b:3"), "http://h:80/a@1.2/b:3");
  EXPECT_EQ(without_userinfo("http://h/a@b:80/f"), "http://h/a@b:80/f");
  EXPECT_EQ(without_userinfo("http:///f"), "http:///f");
}

}  // namespace
}  // namespace torchhub::net::detail
