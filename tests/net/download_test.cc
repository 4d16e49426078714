// The download engine against a real server, and against one that lies.

#include <torchhub/cache/sha256.h>
#include <torchhub/net/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/fetch.h>
#include <torchhub/net/memory_sink.h>
#include <torchhub/net/no_digest.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace torchhub::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tests::download;
using tests::Downloaded;
using tests::Failure;
using tests::failure_of;
using Transport = tests::HubServer::Transport;

class DownloadTest : public testing::Test {
 protected:
  // What the first failure is.
  Failure failure(const std::string& path, DownloadOptions options = DownloadOptions()) {
    options.attempts(1);
    return failure_of([&] { download(server_.url() + path, options, quick_); });
  }

  void answer_raw(const std::string& path, const std::string& raw) {
    tests::CannedAnswer answer;
    answer.raw = raw;
    server_.answer(path, answer);
  }

  void redirect(const std::string& from, const std::string& to) {
    server_.answer(from, {.status = 302, .headers = {{"Location", to}}});
  }

  tests::HubServer server_;
  tests::TempFolder folder_;
  const std::string ca_file_ = [this] {
    const std::string path = folder_ / "ca.pem";
    tests::write_file(path, server_.authority());
    return path;
  }();
  const tests::ScopedVariable trust_{"SSL_CERT_FILE", ca_file_};
  const ClientOptions quick_ = ClientOptions().header_timeout(400ms).stall_timeout(400ms);
};

TEST_F(DownloadTest, BringsTheBodyAndItsDigest) {
  server_.answer("/a", {.body = "abc"});
  const Downloaded got = download(server_.url() + "/a");
  EXPECT_EQ(got.body, "abc");
  EXPECT_EQ(got.received.bytes, 3u);
  EXPECT_EQ(cache::to_hex(got.received.digest),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(got.received.url, server_.url() + "/a");
}

TEST_F(DownloadTest, BringsALargeBodyInOrder) {
  std::string body(3'000'001, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 13);
  server_.answer("/large", {.body = body});
  EXPECT_EQ(download(server_.url() + "/large").body, body);
}

TEST_F(DownloadTest, BringsAnEmptyBody) {
  server_.answer("/empty", {.body = ""});
  EXPECT_EQ(download(server_.url() + "/empty").received.bytes, 0u);
}

TEST_F(DownloadTest, BringsAChunkedBody) {
  answer_raw(
      "/chunked",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  EXPECT_EQ(download(server_.url() + "/chunked").body, "abcdefg");
}

TEST_F(DownloadTest, WorksOverPlainHttp) {
  tests::HubServer plain(Transport::plain);
  plain.answer("/a", {.body = "abc"});
  EXPECT_EQ(download(plain.url() + "/a").body, "abc");
  // A body without a length ends with the connection; nothing says whether it was cut.
  tests::CannedAnswer until_end;
  until_end.raw = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
  plain.answer("/b", until_end);
  EXPECT_EQ(download(plain.url() + "/b").body, "until the end");
}

TEST_F(DownloadTest, SaysThatAFileIsGivenByItsPath) {
  for (const char* url : {"file:///models/w.pth", "FILE:///w.pth", "file:/w.pth"}) {
    const Failure refused = failure_of([&] { download(url); });
    EXPECT_EQ(refused.code, errc::invalid_url);
    EXPECT_THAT(refused.sentence, HasSubstr("give its path"));
  }
  EXPECT_THAT(failure_of([] { download("filed://h/w.pth"); }).sentence,
              Not(HasSubstr("give its path")));
}

TEST_F(DownloadTest, FollowsRedirects) {
  redirect("/1", "/2");
  redirect("/2", server_.url() + "/3");
  server_.answer("/3", {.body = "there"});
  const Downloaded got = download(server_.url() + "/1");
  EXPECT_EQ(got.body, "there");
  EXPECT_EQ(got.received.url, server_.url() + "/3");
}

TEST_F(DownloadTest, GivesUpOnARedirectLoop) {
  redirect("/loop", "/loop");
  const Failure lost = failure("/loop");
  EXPECT_EQ(lost.code, errc::too_many_redirects);
  EXPECT_EQ(server_.count_requests("/loop"), 11u);
}

TEST_F(DownloadTest, RefusesARedirectFromHttpsToHttp) {
  tests::HubServer plain(Transport::plain);
  plain.answer("/a", {.body = "abc"});
  redirect("/down", plain.url() + "/a");
  const Failure refused = failure("/down");
  EXPECT_EQ(refused.code, errc::insecure_redirect);
  EXPECT_THAT(refused.sentence, HasSubstr(plain.url() + "/a"));
  EXPECT_EQ(plain.requests().size(), 0u);
}

TEST_F(DownloadTest, SendsASecretToItsOriginOnly) {
  tests::HubServer plain(Transport::plain);
  plain.answer("/elsewhere", {.body = "abc"});
  tests::HubServer start(Transport::plain);
  start.answer("/here", {.status = 302, .headers = {{"Location", "/again"}}});
  start.answer("/again", {.status = 302, .headers = {{"Location", plain.url() + "/elsewhere"}}});
  download(start.url() + "/here", DownloadOptions().secret_header("Authorization", "token s3cret"));
  ASSERT_EQ(start.requests().size(), 2u);
  EXPECT_EQ(start.requests()[0].authorization, "token s3cret");
  EXPECT_EQ(start.requests()[1].authorization, "token s3cret");
  ASSERT_EQ(plain.requests().size(), 1u);
  EXPECT_EQ(plain.requests()[0].authorization, "");
}

TEST_F(DownloadTest, ReportsAStatusAsItsCode) {
  server_.answer("/gone", {.status = 410, .body = "no"});
  const Failure gone = failure("/gone?signature=s3cret");
  EXPECT_EQ(gone.code, errc_of_status(410));
  EXPECT_EQ(gone.code, boost::system::errc::no_such_file_or_directory);
  EXPECT_THAT(gone.sentence, HasSubstr("/gone: the server answered 410"));
  EXPECT_THAT(gone.sentence, Not(HasSubstr("s3cret")));
}

TEST_F(DownloadTest, TakesNoOtherSuccessForAFile) {
  server_.answer("/part", {.status = 206, .body = "part"});
  EXPECT_EQ(failure("/part").code, errc::bad_response);
}

TEST_F(DownloadTest, NoticesAShortBody) {
  answer_raw("/short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(failure("/short").code, errc::truncated);
}

TEST_F(DownloadTest, NoticesAChunkedBodyThatIsCut) {
  answer_raw("/cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  EXPECT_EQ(failure("/cut").code, errc::truncated);
  // Without TLS the end of the connection looks like any other.
  tests::HubServer plain(Transport::plain);
  tests::CannedAnswer cut;
  cut.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab";
  plain.answer("/cut", cut);
  EXPECT_EQ(failure_of([&] { download(plain.url() + "/cut", DownloadOptions().attempts(1)); }).code,
            errc::truncated);
}

TEST_F(DownloadTest, NoticesATlsBodyWithoutAnEnd) {
  // No length, and the connection ends without TLS's farewell: anybody could have cut it.
  answer_raw("/unending", "HTTP/1.1 200 OK\r\n\r\nabc");
  EXPECT_EQ(failure("/unending").code, errc::truncated);
}

TEST_F(DownloadTest, StopsAtTheEndOfABodyThatIsTooLong) {
  answer_raw("/long", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef");
  EXPECT_EQ(download(server_.url() + "/long").body, "abc");
}

TEST_F(DownloadTest, NoticesWhatIsNoHttp) {
  answer_raw("/garbage", "SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_EQ(failure("/garbage").code, errc::bad_response);
  answer_raw("/both", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd");
  EXPECT_EQ(failure("/both").code, errc::bad_response);
}

TEST_F(DownloadTest, GivesUpOnASilentServer) {
  server_.answer("/silent", {.silent = true});
  const Failure late = failure("/silent");
  EXPECT_EQ(late.code, errc::timed_out);
  EXPECT_EQ(late.code, boost::system::errc::timed_out);
}

TEST_F(DownloadTest, KeepsTheDeadline) {
  server_.answer("/silent", {.silent = true});
  const auto start = std::chrono::steady_clock::now();
  const Failure late =
      failure_of([&] { download(server_.url() + "/silent", DownloadOptions().deadline(200ms)); });
  EXPECT_EQ(late.code, errc::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(DownloadTest, StopsWhenCancelled) {
  server_.answer("/silent", {.silent = true});
  asio::io_context io;
  Client client(io.get_executor());
  MemorySink sink;
  asio::cancellation_signal cancel;
  Failure outcome;
  const auto done = [&](std::exception_ptr thrown, const Received&) {
    outcome = failure_of([&] { std::rethrow_exception(thrown); });
  };
  asio::co_spawn(io, async_download(client, server_.url() + "/silent", sink, NoDigest()),
                 asio::bind_cancellation_slot(cancel.slot(), done));
  asio::steady_timer timer(io, 200ms);
  timer.async_wait(
      [&](boost::system::error_code) { cancel.emit(asio::cancellation_type::terminal); });
  const auto start = std::chrono::steady_clock::now();
  io.run();
  EXPECT_EQ(outcome.code, boost::system::errc::operation_canceled) << outcome.sentence;
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(DownloadTest, KeepsTheSizeLimit) {
  server_.answer("/ten", {.body = "0123456789"});
  EXPECT_EQ(failure("/ten", DownloadOptions().max_bytes(9)).code, errc::too_large);
  EXPECT_EQ(download(server_.url() + "/ten", DownloadOptions().max_bytes(10)).body.size(), 10u);
  answer_raw(
      "/chunked",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n");
  EXPECT_EQ(failure("/chunked", DownloadOptions().max_bytes(9)).code, errc::too_large);
}

TEST_F(DownloadTest, TellsHowFarItIs) {
  struct Recorder {
    std::vector<Progress> seen;
    void on_progress(const Progress& progress) noexcept { seen.push_back(progress); }
  } recorder;
  server_.answer("/a", {.body = std::string(500'000, 'x')});
  download(server_.url() + "/a", DownloadOptions().observer(recorder));
  ASSERT_FALSE(recorder.seen.empty());
  EXPECT_EQ(recorder.seen.back().bytes, 500'000u);
  EXPECT_EQ(recorder.seen.back().total, 500'000u);
}

TEST_F(DownloadTest, TrustsNoUnknownAuthority) {
  const tests::HubServer stranger;
  const Failure refused = failure_of([&] { download(stranger.url() + "/a"); });
  EXPECT_EQ(refused.code, errc::certificate_rejected);
  EXPECT_EQ(refused.code, boost::system::errc::permission_denied);
  EXPECT_THAT(refused.sentence, HasSubstr("not trusted"));
}

TEST_F(DownloadTest, TrustsNoCertificateForAnotherName) {
  tests::HubServer other(Transport::tls, "DNS:other.example");
  other.answer("/a", {.body = "abc"});
  tests::write_file(folder_ / "other.pem", other.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", folder_ / "other.pem");
  EXPECT_EQ(failure_of([&] { download(other.url() + "/a"); }).code, errc::certificate_rejected);
}

TEST_F(DownloadTest, TakesAHostWithItsFinalDotForTheSame) {
  tests::HubServer named(Transport::tls, "DNS:localhost");
  named.answer("/a", {.body = "abc"});
  tests::write_file(folder_ / "named.pem", named.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", folder_ / "named.pem");
  const std::string port = named.url().substr(named.url().rfind(':'));
  EXPECT_EQ(download("https://localhost." + port + "/a").body, "abc");
  tests::HubServer other(Transport::tls, "DNS:other.example");
  tests::write_file(folder_ / "other.pem", other.authority());
  const tests::ScopedVariable other_trust("SSL_CERT_FILE", folder_ / "other.pem");
  const std::string other_port = other.url().substr(other.url().rfind(':'));
  EXPECT_EQ(failure_of([&] { download("https://localhost." + other_port + "/a"); }).code,
            errc::certificate_rejected);
}

TEST_F(DownloadTest, SaysWhichCertificatesAreMissing) {
  const tests::ScopedVariable trust("SSL_CERT_FILE", "/nowhere/ca.pem");
  const Failure refused = failure_of([&] { download(server_.url() + "/a"); });
  EXPECT_EQ(refused.code, errc::no_certificates);
  EXPECT_THAT(refused.sentence, HasSubstr("/nowhere/ca.pem"));
}

TEST_F(DownloadTest, SaysThatNobodyListens) {
  const std::string url = [] { return tests::HubServer(Transport::plain).url(); }();
  const Failure refused = failure_of([&] { download(url + "/a", DownloadOptions().attempts(1)); });
  EXPECT_EQ(refused.code, boost::system::errc::connection_refused);
  EXPECT_THAT(refused.sentence, HasSubstr(url + "/a: connecting to 127.0.0.1:"));
  EXPECT_TRUE(is_transport_failure(refused.code));
}

TEST_F(DownloadTest, PassesOnWhatTheSinkThrows) {
  struct FullSink {
    void write_at(std::uint64_t, std::span<const std::byte>) { throw std::length_error("full"); }
    void size_hint(std::uint64_t) {}
  } sink;
  server_.answer("/a", {.body = "abc"});
  asio::io_context io;
  Client client(io.get_executor());
  std::exception_ptr failure;
  const auto done = [&](std::exception_ptr thrown, const Received&) { failure = thrown; };
  asio::co_spawn(io, async_download(client, server_.url() + "/a", sink, NoDigest()), done);
  io.run();
  EXPECT_THROW(std::rethrow_exception(failure), std::length_error);
}

TEST_F(DownloadTest, FetchesAnAnswerOfAnyStatus) {
  server_.answer("/404", {.status = 404, .body = "not here", .headers = {{"X-Reason", " moved "}}});
  asio::io_context io;
  Client client(io.get_executor());
  std::optional<Answer> answer;
  const auto done = [&](std::exception_ptr, Answer got) { answer = std::move(got); };
  asio::co_spawn(io, async_fetch(client, server_.url() + "/404?q=1"), done);
  io.run();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head.status, 404u);
  EXPECT_EQ(answer->body, "not here");
  EXPECT_EQ(answer->head.find("x-reason"), "moved");
  EXPECT_EQ(answer->head.find("x-none"), std::nullopt);
}

}  // namespace
}  // namespace torchhub::net
