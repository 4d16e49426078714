#include <torchhub/net/url.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

TEST(Url, IsTakenApart) {
  const Url url = Url::parse("HTTPS://Example.COM:8443/a%20b/c.pth?x=1&y=2#frag").value();
  EXPECT_EQ(url.origin(), (Origin{"https", "example.com", 8443}));
  EXPECT_EQ(url.target(), "/a%20b/c.pth?x=1&y=2");
  EXPECT_EQ(url.host_header(), "example.com:8443");
  EXPECT_EQ(url.text(), "https://example.com:8443/a%20b/c.pth?x=1&y=2");
}

TEST(Url, KnowsTheSchemesPorts) {
  EXPECT_EQ(Url::parse("https://h").value().origin().port, 443);
  EXPECT_EQ(Url::parse("http://h").value().origin().port, 80);
  EXPECT_EQ(Url::parse("https://h:443/").value().host_header(), "h");
  EXPECT_EQ(Url::parse("http://h:443/").value().host_header(), "h:443");
}

TEST(Url, HasATargetAlsoWithoutAPath) {
  EXPECT_EQ(Url::parse("https://h").value().target(), "/");
  EXPECT_EQ(Url::parse("https://h?a=b").value().target(), "/?a=b");
}

TEST(Url, UnderstandsIpv6Hosts) {
  const Url url = Url::parse("http://[::1]:8080/x").value();
  EXPECT_EQ(url.origin().host, "::1");
  EXPECT_EQ(url.host_header(), "[::1]:8080");
}

TEST(Url, TakesAPasswordAsItIsWritten) {
  for (const auto& [text, host, credentials] :
       {std::tuple("https://anna:a@b@h/x", "h", "anna:a@b"),
        std::tuple("https://anna:a%40b@h/x", "h", "anna:a@b"),
        std::tuple("https://a@b.example:p@w@h:8443/x@y", "h", "a@b.example:p@w"),
        std::tuple("https://anna:50% off [now]@h/x", "h", "anna:50% off [now]"),
        std::tuple("https://anna@h/x", "h", "anna:")}) {
    const Url url = Url::parse(text).value();
    EXPECT_EQ(url.origin().host, host) << text;
    EXPECT_EQ(url.credentials(), credentials) << text;
    EXPECT_EQ(url.text().find('@'), url.target() == "/x" ? url.text().npos : url.text().find("@y"));
  }
  EXPECT_EQ(url_beside("https://u:p@w@h/a/b", "c").value(), "https://u:p%40w@h/a/c");
}

TEST(Url, RefusesWhatCannotBeFetched) {
  for (const char* text :
       {"", "x", "example.com/a", "/a", "ftp://h/a", "file:///etc/passwd", "https:///a",
        "https://h/a b", "https://h/\xC3\xA9", "https://h:0/", "https://h:65536/",
        "https://h:99999/", "https://h:port/a", "https://u:hun/ter@h/a", "https://u:hun?ter@h/a",
        "https://u:hun#ter@h/a"}) {
    EXPECT_EQ(Url::parse(text).error(), errc::invalid_url) << text;
  }
}

TEST(Url, ResolvesReferences) {
  const Url base = Url::parse("https://h/a/b?q=1").value();
  EXPECT_EQ(base.resolve("c").value().text(), "https://h/a/c");
  EXPECT_EQ(base.resolve("/c?d").value().text(), "https://h/c?d");
  EXPECT_EQ(base.resolve("//other/c").value().text(), "https://other/c");
  EXPECT_EQ(base.resolve("http://h/c").value().text(), "http://h/c");
  EXPECT_EQ(base.resolve("../../c").value().text(), "https://h/c");
  EXPECT_EQ(base.resolve("file:///etc/passwd").error(), errc::invalid_url);
  EXPECT_EQ(base.resolve("c d").error(), errc::invalid_url);
}

TEST(Url, NamesAFileBesideAnother) {
  EXPECT_EQ(url_beside("https://u:p@h:8/a/b?q=1#f", "c d%.bin").value(),
            "https://u:p@h:8/a/c%20d%25.bin");
  EXPECT_EQ(url_beside("https://h/b", "c").value(), "https://h/c");
  EXPECT_EQ(url_beside("https://h/a/", "c").error(), errc::invalid_url);
  EXPECT_EQ(url_beside("https://h", "c").error(), errc::invalid_url);
  EXPECT_EQ(url_beside("a/b", "c").error(), errc::invalid_url);
}

TEST(Url, HidesAQueryFromPeoplesEyes) {
  EXPECT_EQ(Url::parse("https://h/a.pth?X-Amz-Signature=secret").value().redacted(),
            "https://h/a.pth");
}

TEST(RedactUrl, HidesSecretsOfAnyText) {
  EXPECT_EQ(redact_url("https://user:s3cret@h/a@b.pth?x=s3cret"), "https://h/a@b.pth");
  EXPECT_EQ(redact_url("https://s3cret@h"), "https://h");
  EXPECT_EQ(redact_url("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(redact_url("not a url"), "not a url");
  EXPECT_EQ(redact_url("https://u:hunter@zwei@h/f?x=s3cret"), "https://h/f");
  EXPECT_EQ(redact_url("https://u:hun?ter@h/f?x=s3cret"), "https://h/f");
  EXPECT_EQ(redact_url("u:s3cret@h/f"), "h/f");
}

}  // namespace
}  // namespace torchhub::net
