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
  for (const char* text : {"",
                           "x",
                           "example.com/a",
                           "/a",
                           "ftp://h/a",
                           "file:///etc/passwd",
                           "https:///a",
                           "https://h/a b",
                           "https://h/\xC3\xA9",
                           "https://h:0/",
                           "https://h:65536/",
                           "https://h:99999/",
                           "http:",
                           "http:/",
                           "http:a",
                           "http:\r",
                           ":",
                           "://h",
                           "https://u:p@h:84ht",
                           "https://h:8x/",
                           "https://h:-1/",
                           "https://u:hun/ter@h/a",
                           "https://u:hun?ter@h/a",
                           "https://u:hun#ter@h/a"}) {
    EXPECT_EQ(Url::parse(text).error(), errc::invalid_url) << text;
  }
}

TEST(Url, RefusesHostsThatNoNameIs) {
  for (const char* host : {"evil.example%00.good.example", "a%2Fb", "a%40b", "a%20b", "a%0D%0Ab",
                           "a%5Cb", "a%3Fb", "a%23b", "%7F"})
    EXPECT_EQ(Url::parse("https://" + std::string(host) + "/x").error(), errc::invalid_url) << host;
  EXPECT_EQ(Url::parse("https://%48ost/x").value().origin().host, "host");
  EXPECT_EQ(Url::parse("https://a_b-c.d/x").value().origin().host, "a_b-c.d");
}

TEST(Url, ResolvesReferences) {
  const Url base = Url::parse("https://h/a/b?q=1").value();
  EXPECT_EQ(base.resolve("c").value().text(), "https://h/a/c");
  EXPECT_EQ(base.resolve("/c?d").value().text(), "https://h/c?d");
  EXPECT_EQ(base.resolve("//other/c").value().text(), "https://other/c");
  EXPECT_EQ(base.resolve("http://h/c").value().text(), "http://h/c");
  EXPECT_EQ(base.resolve("../../c").value().text(), "https://h/c");
  EXPECT_EQ(base.resolve("file:///etc/passwd").error(), errc::invalid_url);
  EXPECT_EQ(base.resolve("mailto:c").error(), errc::invalid_url);
}

// Section 5.4 of RFC 3986, whose base is http://a/b/c/d;p?q; fragments are not sent.
TEST(Url, ResolvesAsTheStandardsExamplesSay) {
  const Url base = Url::parse("http://a/b/c/d;p?q").value();
  const std::pair<const char*, const char*> examples[] = {{"g", "http://a/b/c/g"},
                                                          {"./g", "http://a/b/c/g"},
                                                          {"g/", "http://a/b/c/g/"},
                                                          {"/g", "http://a/g"},
                                                          {"//g", "http://g/"},
                                                          {"?y", "http://a/b/c/d;p?y"},
                                                          {"g?y", "http://a/b/c/g?y"},
                                                          {"#s", "http://a/b/c/d;p?q"},
                                                          {"g#s", "http://a/b/c/g"},
                                                          {"g?y#s", "http://a/b/c/g?y"},
                                                          {";x", "http://a/b/c/;x"},
                                                          {"g;x?y#s", "http://a/b/c/g;x?y"},
                                                          {"", "http://a/b/c/d;p?q"},
                                                          {".", "http://a/b/c/"},
                                                          {"./", "http://a/b/c/"},
                                                          {"..", "http://a/b/"},
                                                          {"../", "http://a/b/"},
                                                          {"../g", "http://a/b/g"},
                                                          {"../..", "http://a/"},
                                                          {"../../", "http://a/"},
                                                          {"../../g", "http://a/g"},
                                                          {"../../../g", "http://a/g"},
                                                          {"../../../../g", "http://a/g"},
                                                          {"/./g", "http://a/g"},
                                                          {"/../g", "http://a/g"},
                                                          {"g.", "http://a/b/c/g."},
                                                          {".g", "http://a/b/c/.g"},
                                                          {"g..", "http://a/b/c/g.."},
                                                          {"..g", "http://a/b/c/..g"},
                                                          {"./../g", "http://a/b/g"},
                                                          {"./g/.", "http://a/b/c/g/"},
                                                          {"g/./h", "http://a/b/c/g/h"},
                                                          {"g/../h", "http://a/b/c/h"},
                                                          {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                                          {"g?y/./x", "http://a/b/c/g?y/./x"},
                                                          {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                          {"http://a/x/../g/./h", "http://a/g/h"}};
  for (const auto& [reference, expected] : examples)
    EXPECT_EQ(base.resolve(reference).value().text(), expected) << reference;
}

TEST(Url, ChangesNothingElseOfAReference) {
  const Url base = Url::parse("http://h/x/y").value();
  for (const char* target :
       {"/k/a%2Fb.pth", "/b%40c/m.pth", "/%e2%82%ac.pth", "/%E2%82%aC.pth", "/m%7E1.pth",
        "/a//b///m.pth", "/a//", "/1%2B2", "/%2e%2e/a", "/%2E/a", "/a%20b", "/a+b",
        "/~a/-._!$&'()*+,;=:@", "/%00", "/b?Sig=a%2Bb%2F+~*'()!$,;:@%7e&x=%e2%82%ac&e", "/b?",
        "/b?a=b?c=/d//e/../f"}) {
    ASSERT_TRUE(base.resolve(target)) << target;
    EXPECT_EQ(base.resolve(target).value().target(), target);
    EXPECT_EQ(base.resolve("https://other" + std::string(target)).value().target(), target);
    EXPECT_EQ(base.resolve(target + std::string("#fragment")).value().target(), target);
  }
  EXPECT_EQ(base.resolve("../k%2Fm.pth").value().target(), "/k%2Fm.pth");
  EXPECT_EQ(base.resolve("a%2F..%2Fb").value().target(), "/x/a%2F..%2Fb");
}

TEST(Url, EncodesWhatMayNotStandInARequest) {
  const Url base = Url::parse("http://h/x/y").value();
  const std::pair<const char*, const char*> examples[] = {
      {"/caf\xC3\xA9/m.bin", "/caf%C3%A9/m.bin"},
      {"/caf\xE9/m.bin", "/caf%E9/m.bin"},
      {"/my models/m v1.bin", "/my%20models/m%20v1.bin"},
      {"/a|b", "/a%7Cb"},
      {"/100%/a", "/100%25/a"},
      {"/a%", "/a%25"},
      {"/a%2", "/a%252"},
      {"/a%zz%2Fb", "/a%25zz%2Fb"},
      {"/a\tb\x01\x7F", "/a%09b%01%7F"},
      {"/\"<>\\^`{}[]", "/%22%3C%3E%5C%5E%60%7B%7D%5B%5D"},
      {"m v1:2.pth", "/x/m%20v1:2.pth"},
      {"?q=a b|c%\xC3\xA9{}", "/x/y?q=a%20b%7Cc%25%C3%A9%7B%7D"},
      {"?x[1]=/?:@", "/x/y?x%5B1%5D=/?:@"},
      {"/a b/../c d", "/c%20d"}};
  for (const auto& [reference, expected] : examples)
    EXPECT_EQ(base.resolve(reference).value().target(), expected) << reference;
}

TEST(Url, ResolvesToNoHostThatIsNone) {
  const Url base = Url::parse("https://h/x/y").value();
  for (const char* reference : {"http:g", "https:/g", "https:///g", "//", "//a b/", "//a\\@b/",
                                "//h:0/", "//h:99999/", "javascript:1", "x-y+z.1:2"})
    EXPECT_EQ(base.resolve(reference).error(), errc::invalid_url) << reference;
}

TEST(Url, NamesAFileBesideAnother) {
  EXPECT_EQ(url_beside("https://u:p@h:8/a/b?q=1#f", "c d%.bin").value(),
            "https://u:p@h:8/a/c%20d%25.bin");
  EXPECT_EQ(url_beside("https://h/b", "c").value(), "https://h/c");
  EXPECT_EQ(url_beside("https://h/a/b?q", "c d/e/f.bin").value(), "https://h/a/c%20d/e/f.bin");
  EXPECT_EQ(url_beside("https://h/a%2fb%40//~/b", "c").value(), "https://h/a%2fb%40//~/c");
  for (const char* text : {"http:\r", "http:", "https://h:84ht/b"})
    EXPECT_EQ(url_beside(text, "c").error(), errc::invalid_url) << text;
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
  EXPECT_EQ(redact_url("https://h/f#s3cret"), "https://h/f");
  EXPECT_EQ(redact_url("https://u:1#s3cret@h/f"), "https://u:1");
}

TEST(RedactUrls, HidesSecretsOfASentence) {
  EXPECT_EQ(redact_urls("nothing of that kind: a@b"), "nothing of that kind: a@b");
  EXPECT_EQ(redact_urls("http://u:s3cret@h/f: cannot be read"), "http://h/f: cannot be read");
  EXPECT_EQ(redact_urls("from \"https://u:s3@cret@h/f?x=s3cret\" to x@y"),
            "from \"https://h/f\" to x@y");
  EXPECT_EQ(redact_urls("http://h/a?s3cret: no, https://u:s3cret@i/b?s3cret. ftp://u@h"),
            "http://h/a: no, https://i/b. ftp://h");
  EXPECT_EQ(redact_urls("(http:///u:s3cret@h/f)"), "(http://h/f)");
  EXPECT_EQ(redact_urls("http://h/a@b#c, http://h:80/a@b"), "http://h/a@b#c, http://h:80/a@b");
  EXPECT_EQ(redact_urls("http://h/?"), "http://h/");
  EXPECT_EQ(redact_urls("://u:s3cret@h"), "h");
  EXPECT_EQ(redact_urls(""), "");
}

}  // namespace
}  // namespace torchhub::net
