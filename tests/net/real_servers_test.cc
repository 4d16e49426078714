// Downloads from nginx, directly and through tinyproxy.

#include <torchhub/net/error.h>
#include <torchhub/net/no_digest.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/real_servers.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tests::download;
using tests::Failure;
using tests::failure_of;

constexpr std::size_t kMiB = std::size_t{1} << 20;

class RealServersTest : public testing::Test {
 protected:
  RealServersTest() {
    tests::write_file(nginx_.root() / "f", content_);
    tests::write_file(nginx_.root() / "slow/f", content_);
    tests::write_file(nginx_.root() / "few/f", content_);
    tests::write_file(nginx_.root() / "empty", "");
  }

  const std::string content_ = tests::pattern(48 * kMiB + 321);
  const tests::Nginx nginx_{
      "location /slow/ { limit_rate 6m; } location /crawl/ { limit_rate 200k; }"};
  const tests::ScopedVariable trust_{"SSL_CERT_FILE", nginx_.authority_file()};
};

TEST_F(RealServersTest, NginxSendsRanges) {
  EXPECT_EQ(download(nginx_.url() + "/f").body, content_);
  EXPECT_THAT(nginx_.log(), HasSubstr("GET /f 206 16777216 \"bytes=0-16777215\""));
  EXPECT_THAT(nginx_.log(), Not(HasSubstr(" 200 ")));
}

TEST_F(RealServersTest, NginxOverTls) {
  EXPECT_EQ(download(nginx_.secure_url() + "/f").body, content_);
}

TEST_F(RealServersTest, NginxSendsAnEmptyFile) {
  EXPECT_EQ(download(nginx_.url() + "/empty").body, "");
}

TEST_F(RealServersTest, ConnectionsAreAddedWhereEachIsSlow) {
  const auto start = std::chrono::steady_clock::now();
  const tests::Downloaded got = download(nginx_.url() + "/slow/f");
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(got.body, content_);
  EXPECT_GE(got.received.connections, 4u);
  // One connection would have taken eight seconds.
  EXPECT_LT(taken.count(), 6);
}

// Seconds of processor time that this process has used.
double processor_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

TEST_F(RealServersTest, ConnectionsWithNothingToDoRest) {
  // Too small to be shared by all that may be opened.
  const std::string content = tests::pattern(kMiB);
  tests::write_file(nginx_.root() / "crawl/f", content);
  const auto start = std::chrono::steady_clock::now();
  const double before = processor_time();
  EXPECT_EQ(download(nginx_.url() + "/crawl/f").body, content);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_GT(taken.count(), 1);
  EXPECT_LT(processor_time() - before, taken.count() / 4);
}

TEST_F(RealServersTest, TheRateLimitHolds) {
  const auto start = std::chrono::steady_clock::now();
  const tests::Downloaded got =
      download(nginx_.url() + "/f", DownloadOptions(), ClientOptions().rate_limit(24 * kMiB));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(got.body, content_);
  EXPECT_GT(taken.count(), 1.7);
}

TEST_F(RealServersTest, ManyFilesShareConnectionsAndTickets) {
  constexpr int kFiles = 24;
  for (int i = 0; i < kFiles; ++i)
    tests::write_file(nginx_.root() / std::to_string(i), tests::pattern(kMiB, 7));
  boost::asio::io_context io;
  Client client(io.get_executor());
  std::vector<MemorySink> sinks(kFiles);
  int failures = 0;
  for (int i = 0; i < kFiles; ++i) {
    const auto done = [&](std::exception_ptr failure, const Received&) { failures += !!failure; };
    async_download(client, nginx_.secure_url() + "/" + std::to_string(i),
                   sinks[static_cast<std::size_t>(i)], NoDigest(), DownloadOptions(), done);
  }
  io.run();
  EXPECT_EQ(failures, 0);
  for (const MemorySink& sink : sinks) EXPECT_EQ(sink.text(), tests::pattern(kMiB, 7));
  const Client::Handshakes shaken = client.handshakes();
  EXPECT_LE(shaken.full + shaken.resumed, 8u);
}

TEST_F(RealServersTest, ALaterConnectionResumesTls) {
  boost::asio::io_context io;
  Client client(io.get_executor());
  MemorySink sink;
  std::exception_ptr failure;
  async_download(client, nginx_.secure_url() + "/slow/f", sink, NoDigest(), DownloadOptions(),
                 [&](std::exception_ptr thrown, const Received&) { failure = thrown; });
  io.run();
  EXPECT_FALSE(failure);
  // nginx gives two tickets, each good for one connection, when the first one has its handshake.
  EXPECT_LE(client.handshakes().full, 2u);
  EXPECT_GE(client.handshakes().resumed, 2u);
}

TEST_F(RealServersTest, AProxyForwardsHttp) {
  const tests::Tinyproxy proxy;
  ProxyRules rules;
  rules.set_http("127.0.0.1:" + std::to_string(proxy.port())).value();
  EXPECT_EQ(download(nginx_.url() + "/f", DownloadOptions(), ClientOptions().proxies(rules)).body,
            content_);
  EXPECT_THAT(proxy.log(), HasSubstr("/f"));
}

TEST_F(RealServersTest, AProxyTunnelsTls) {
  const tests::Tinyproxy proxy("user", "s3cret");
  ProxyRules rules;
  rules.set_https("http://user:s3cret@127.0.0.1:" + std::to_string(proxy.port())).value();
  EXPECT_EQ(
      download(nginx_.secure_url() + "/f", DownloadOptions(), ClientOptions().proxies(rules)).body,
      content_);
  EXPECT_THAT(proxy.log(), HasSubstr("CONNECT 127.0.0.1:"));
}

TEST_F(RealServersTest, AProxyThatWantsAPasswordIsNotAskedAgain) {
  const tests::Tinyproxy proxy("user", "s3cret");
  for (const char* credentials : {"", "user:wrong@"}) {
    ProxyRules rules;
    const std::string address =
        "http://" + std::string(credentials) + "127.0.0.1:" + std::to_string(proxy.port());
    rules.set_https(address).value();
    rules.set_http(address).value();
    const ClientOptions options = ClientOptions().proxies(rules);
    const Failure tunnel =
        failure_of([&] { download(nginx_.secure_url() + "/f", DownloadOptions(), options); });
    EXPECT_EQ(tunnel.code, errc::proxy_refused);
    EXPECT_THAT(tunnel.sentence, HasSubstr("answered 40"));
    EXPECT_THAT(tunnel.sentence, Not(HasSubstr("wrong")));
    const Failure forwarded =
        failure_of([&] { download(nginx_.url() + "/f", DownloadOptions(), options); });
    EXPECT_THAT(forwarded.sentence, HasSubstr("answered 40"));
  }
}

TEST_F(RealServersTest, AProxyIsPassedWhereItShouldBe) {
  ProxyRules rules;
  rules.set_http("http://127.0.0.1:9").value();
  rules.set_direct("127.0.0.0/8");
  EXPECT_EQ(download(nginx_.url() + "/f", DownloadOptions(), ClientOptions().proxies(rules)).body,
            content_);
}

TEST_F(RealServersTest, MirrorsStepIn) {
  const std::string other = nginx_.url() + "/f";
  EXPECT_EQ(download(nginx_.url() + "/missing", DownloadOptions().mirror(other)).body, content_);
}

TEST_F(RealServersTest, MirrorsServeSideBySideWhereTheHashIsKnown) {
  tests::write_file(nginx_.root() / "slow/g", content_);
  const tests::Downloaded got =
      download(nginx_.url() + "/slow/f", tests::knowing(content_).mirror(nginx_.url() + "/slow/g"));
  EXPECT_EQ(got.body, content_);
  EXPECT_THAT(nginx_.log(), HasSubstr("/slow/g 206"));
}

TEST_F(RealServersTest, TheDownloaderConfigurationSendsElsewhere) {
  const std::string host = nginx_.url().substr(7);
  const DownloaderConfig config = DownloaderConfig::parse(
      "rewrite weights\\.example/(.*) http://" + host + "/$1\nblock *\nallow 127.0.0.1\n", "cfg");
  const ClientOptions options = ClientOptions().downloader_config(config);
  EXPECT_EQ(download("https://weights.example/f", DownloadOptions(), options).body, content_);
  EXPECT_EQ(failure_of([&] { download("https://h/f", DownloadOptions(), options); }).code,
            errc::blocked);
}

TEST_F(RealServersTest, TheDownloaderConfigurationHoldsForRedirectsToo) {
  const tests::FaultServer redirecting([](const tests::FaultRequest&) {
    tests::FaultReply reply;
    reply.status = 302;
    reply.headers["Location"] = "http://blocked.example/f";
    return reply;
  });
  const DownloaderConfig config = DownloaderConfig::parse("block blocked.example\n", "cfg");
  EXPECT_EQ(failure_of([&] {
              download(redirecting.url() + "/f", DownloadOptions(),
                       ClientOptions().downloader_config(config));
            }).code,
            errc::blocked);
}

TEST_F(RealServersTest, AnObserverIsToldTenTimesASecondAndNeverAfterwards) {
  struct Recorder {
    void on_progress(const Progress& progress) noexcept {
      is_late = is_late || is_over;
      seen.push_back(progress);
    }
    std::vector<Progress> seen;
    bool is_over = false;
    bool is_late = false;
  } recorder;
  boost::asio::io_context io;
  Client client(io.get_executor());
  MemorySink sink;
  const auto start = std::chrono::steady_clock::now();
  async_download(client, nginx_.url() + "/slow/f", sink, NoDigest(),
                 DownloadOptions().observer(recorder),
                 [&](std::exception_ptr, const Received&) { recorder.is_over = true; });
  io.run();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_FALSE(recorder.is_late);
  EXPECT_LE(static_cast<double>(recorder.seen.size()), 10 * taken.count() + 2);
  EXPECT_GE(recorder.seen.size(), 5u);
  EXPECT_EQ(recorder.seen.back().phase, Phase::done);
  EXPECT_EQ(recorder.seen.back().bytes, content_.size());
  EXPECT_TRUE(
      std::is_sorted(recorder.seen.begin(), recorder.seen.end(),
                     [](const Progress& a, const Progress& b) { return a.bytes < b.bytes; }));
  EXPECT_TRUE(std::any_of(recorder.seen.begin(), recorder.seen.end(), [](const Progress& each) {
    return each.connections > 1 && each.bytes_per_second > 0;
  }));
}

TEST_F(RealServersTest, TheRateLimitCanBeChangedMeanwhile) {
  boost::asio::io_context io;
  Client client(io.get_executor(), ClientOptions().rate_limit(kMiB));
  MemorySink sink;
  bool is_over = false;
  const auto start = std::chrono::steady_clock::now();
  async_download(client, nginx_.url() + "/f", sink, NoDigest(), DownloadOptions(),
                 [&](std::exception_ptr, const Received&) { is_over = true; });
  io.run_for(1s);
  EXPECT_FALSE(is_over);
  client.set_rate_limit(0);
  io.run();
  EXPECT_EQ(sink.text(), content_);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

}  // namespace
}  // namespace torchhub::net
