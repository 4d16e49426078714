#include <torchhub/net/proxy.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

Url url(const std::string& text) { return Url::parse(text).value(); }

bool is_direct(const std::string& list, const std::string& address) {
  ProxyRules rules;
  rules.set_http("proxy:3128").value();
  rules.set_https("proxy:3128").value();
  rules.set_direct(list);
  return !rules.proxy_for(url(address));
}

TEST(Proxy, IsChosenByScheme) {
  ProxyRules rules;
  EXPECT_FALSE(rules.proxy_for(url("http://h/")));
  rules.set_http("http://plain:3128").value();
  rules.set_https("https://user:p%40ss@secure:3129").value();
  EXPECT_EQ(rules.proxy_for(url("http://h/"))->origin().host, "plain");
  const Url secure = *rules.proxy_for(url("https://h/"));
  EXPECT_EQ(secure.origin().port, 3129);
  EXPECT_TRUE(secure.origin().is_secure());
  EXPECT_EQ(secure.credentials(), "user:p@ss");
  EXPECT_EQ(rules.set_http("socks5://h:1080").error(), errc::invalid_url);
}

TEST(Proxy, IsPassedByHostsAndTheirSubdomains) {
  EXPECT_TRUE(is_direct("example.com", "http://example.com/"));
  EXPECT_TRUE(is_direct("example.com", "http://a.example.com/"));
  EXPECT_TRUE(is_direct(".example.com", "https://example.com/"));
  EXPECT_TRUE(is_direct("a.b, EXAMPLE.com", "http://Example.COM/"));
  EXPECT_FALSE(is_direct("example.com", "http://notexample.com/"));
  EXPECT_FALSE(is_direct("example.com", "http://example.com.evil/"));
  EXPECT_TRUE(is_direct("*", "http://anything/"));
  EXPECT_FALSE(is_direct("", "http://anything/"));
}

TEST(Proxy, IsPassedByAbsoluteNames) {
  EXPECT_TRUE(is_direct("example.com", "http://example.com./"));
  EXPECT_TRUE(is_direct("example.com.", "http://example.com/"));
  EXPECT_TRUE(is_direct(".example.com.", "http://a.example.com./"));
  EXPECT_FALSE(is_direct("example.com", "http://example.com.evil./"));
}

TEST(Proxy, TakesAPasswordAsItIsWritten) {
  for (const auto& [address, credentials] :
       {std::pair("http://user:hunter@zwei@h:3128", "user:hunter@zwei"),
        std::pair("user:hunter@zwei@h:3128", "user:hunter@zwei"),
        std::pair("http://user:a/b?c#d@h:3128", "user:a/b?c#d"),
        std::pair("http://us@er:%41%zz@h:3128", "us@er:A%zz")}) {
    ProxyRules rules;
    rules.set_http(address).value();
    const Url proxy = rules.proxy_for(url("http://x/")).value();
    EXPECT_EQ(proxy.origin(), (Origin{"http", "h", 3128})) << address;
    EXPECT_EQ(proxy.credentials(), credentials);
  }
}

TEST(Proxy, IsPassedByPorts) {
  EXPECT_TRUE(is_direct("example.com:8443", "https://example.com:8443/"));
  EXPECT_FALSE(is_direct("example.com:8443", "https://example.com/"));
  EXPECT_TRUE(is_direct("example.com:443", "https://example.com/"));
}

TEST(Proxy, IsPassedByAddressesAndNetworks) {
  EXPECT_TRUE(is_direct("10.0.0.0/8", "http://10.200.3.4/"));
  EXPECT_FALSE(is_direct("10.0.0.0/8", "http://11.0.0.1/"));
  EXPECT_TRUE(is_direct("192.168.1.7", "http://192.168.1.7:8080/"));
  EXPECT_FALSE(is_direct("192.168.1.7", "http://192.168.1.70/"));
  EXPECT_TRUE(is_direct("fd00::/8", "http://[fd12::1]/"));
  EXPECT_FALSE(is_direct("fd00::/8", "http://[fe80::1]/"));
  EXPECT_TRUE(is_direct("::1", "http://[::1]:8080/"));
  EXPECT_TRUE(is_direct("[::1]:8080", "http://[::1]:8080/"));
  EXPECT_FALSE(is_direct("[::1]:8080", "http://[::1]/"));
  EXPECT_FALSE(is_direct("10.0.0.0/8", "http://[::1]/"));
  EXPECT_FALSE(is_direct("nonsense/8", "http://10.0.0.1/"));
}

TEST(Proxy, IsReadFromTheEnvironment) {
  const tests::ScopedVariable all("ALL_PROXY", "http://all:1");
  const tests::ScopedVariable https("https_proxy", "http://lower:2");
  const tests::ScopedVariable upper("HTTPS_PROXY", "http://upper:3");
  const tests::ScopedVariable direct("NO_PROXY", "skip.example");
  const ProxyRules rules = ProxyRules::from_environment();
  EXPECT_EQ(rules.proxy_for(url("http://h/"))->origin().host, "all");
  EXPECT_EQ(rules.proxy_for(url("https://h/"))->origin().host, "lower");
  EXPECT_FALSE(rules.proxy_for(url("https://skip.example/")));
}

TEST(Proxy, IsUnsetWhereItsVariableIsEmpty) {
  const tests::ScopedVariable all("ALL_PROXY", "http://all:1");
  const tests::ScopedVariable lower("https_proxy", "");
  const tests::ScopedVariable upper("HTTPS_PROXY", "http://upper:3");
  const tests::ScopedVariable http("HTTP_PROXY", "");
  const tests::ScopedVariable no_lower("no_proxy", "");
  const tests::ScopedVariable no_upper("NO_PROXY", "skip.example");
  const ProxyRules rules = ProxyRules::from_environment();
  EXPECT_EQ(rules.proxy_for(url("https://h/"))->origin().host, "upper");
  EXPECT_EQ(rules.proxy_for(url("http://h/"))->origin().host, "all");
  EXPECT_FALSE(rules.proxy_for(url("https://skip.example/")));
}

TEST(Proxy, IsNotTakenFromTheClientOfACgiProgram) {
  const tests::ScopedVariable proxy("HTTP_PROXY", "http://attacker:1");
  const tests::ScopedVariable method("REQUEST_METHOD", "GET");
  EXPECT_FALSE(ProxyRules::from_environment().proxy_for(url("http://h/")));
}

TEST(Proxy, ThatCannotBeUsedIsNamedWithoutItsPassword) {
  const tests::ScopedVariable proxy("HTTPS_PROXY", "socks5://user:s3cret@h:1");
  const tests::Failure failure = tests::failure_of([] { ProxyRules::from_environment(); });
  EXPECT_EQ(failure.code, errc::invalid_url);
  EXPECT_THAT(failure.sentence, testing::HasSubstr("HTTPS_PROXY"));
  EXPECT_THAT(failure.sentence, testing::Not(testing::HasSubstr("s3cret")));
}

TEST(Proxy, IsNamedWithoutAnyPartOfItsPassword) {
  for (const char* address :
       {"socks5://user:hunter@zwei@h:1", "http://user:hunter@zwei@h:port", "user:hun/zwei@ h",
        "user:x://hunter@zwei@h:port", "ftp://user:hunter?zwei@h", "ftp://user:hunter#zwei@h"}) {
    const tests::ScopedVariable proxy("HTTPS_PROXY", address);
    const std::string sentence = tests::failure_of([] { ProxyRules::from_environment(); }).sentence;
    EXPECT_THAT(sentence, testing::HasSubstr("HTTPS_PROXY")) << address;
    EXPECT_THAT(sentence, testing::Not(testing::HasSubstr("hun"))) << address;
    EXPECT_THAT(sentence, testing::Not(testing::HasSubstr("zwei"))) << address;
  }
}

}  // namespace
}  // namespace torchhub::net
