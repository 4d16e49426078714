// Servers that send, but next to nothing.

#include <torchhub/net/error.h>
#include <torchhub/net/fetch.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;
using tests::download;
using tests::Failure;
using tests::failure_of;
using tests::FaultReply;
using tests::FaultRequest;
using tests::FaultServer;
using tests::serve;
using tests::small;

// Far above what a drip brings, and far below what a test's server does.
const ClientOptions kStrict = ClientOptions().least_rate(100'000, 200ms);

// Others would take over what one does not bring, floor or none.
const DownloadOptions kAlone = DownloadOptions().connections(1);

FaultReply dripping(FaultReply reply) {
  reply.bytes_per_second = 2000;
  return reply;
}

enum class Shape { ranges, whole, chunked };

FaultReply shaped(Shape shape, const FaultRequest& request) {
  if (shape == Shape::ranges) return serve(small(), request);
  FaultReply reply;
  reply.view = small();
  reply.is_chunked = shape == Shape::chunked;
  return reply;
}

TEST(Drip, IsReplacedByAnotherConnection) {
  for (const Shape shape : {Shape::ranges, Shape::whole, Shape::chunked}) {
    const FaultServer server([&](const FaultRequest& request) {
      const FaultReply reply = shaped(shape, request);
      return request.number == 0 ? dripping(reply) : reply;
    });
    EXPECT_EQ(download(server.url() + "/f", kAlone, kStrict).body, small());
    EXPECT_EQ(server.connections(), 2u);
  }
}

TEST(Drip, EndsTheDownloadWhereNothingBetterIsHad) {
  for (const Shape shape : {Shape::ranges, Shape::whole, Shape::chunked}) {
    const FaultServer server(
        [&](const FaultRequest& request) { return dripping(shaped(shape, request)); });
    const Failure failure = failure_of([&] { download(server.url() + "/f", kAlone, kStrict); });
    EXPECT_EQ(failure.code, errc::too_slow) << failure.sentence;
    EXPECT_EQ(failure.code, boost::system::errc::timed_out);
    EXPECT_TRUE(is_transport_failure(failure.code));
    EXPECT_THAT(failure.sentence, testing::HasSubstr("/f: receiving the body: less than 100000 "
                                                     "bytes a second came for 1 s"));
    EXPECT_GE(server.connections(), 2u);
    EXPECT_LE(server.connections(), 4u);
  }
}

TEST(Drip, IsLeftForAMirror) {
  const FaultServer slow(
      [](const FaultRequest& request) { return dripping(serve(small(), request)); });
  const FaultServer mirror([](const FaultRequest& request) { return serve(small(), request); });
  DownloadOptions options = kAlone;
  options.mirror(mirror.url() + "/f");
  EXPECT_EQ(download(slow.url() + "/f", options, kStrict).body, small());
}

TEST(Drip, IsNotWhatAReaderMakesOfItself) {
  const FaultServer server([](const FaultRequest& request) { return serve(small(), request); });
  // Two seconds, of which hardly any is spent waiting for the server.
  const ClientOptions limited = ClientOptions().rate_limit(120'000).least_rate(10 << 20, 1s);
  EXPECT_EQ(download(server.url() + "/f", kAlone, limited).body, small());
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Drip, IsAllowedWhereNoFloorIs) {
  const std::string little = small().substr(0, 3000);
  const FaultServer server(
      [&](const FaultRequest& request) { return dripping(serve(little, request)); });
  const ClientOptions patient = ClientOptions().least_rate(0, 100ms);
  EXPECT_EQ(download(server.url() + "/f", kAlone, patient).body, little);
}

TEST(Drip, EndsAnAnswerInMemoryToo) {
  for (const char* target : {"/f", "/redirected"}) {
    const FaultServer server([](const FaultRequest& request) {
      FaultReply reply;
      if (request.target == "/redirected") {
        reply.status = 302;
        reply.headers["Location"] = "/g";
      }
      reply.view = std::string_view(small()).substr(0, 50'000);
      return request.target == "/g" ? reply : dripping(reply);
    });
    boost::asio::io_context io;
    Client client(io.get_executor(), kStrict);
    Failure outcome;
    const auto done = [&](std::exception_ptr thrown, const Answer&) {
      outcome = failure_of([&] {
        if (thrown) std::rethrow_exception(thrown);
      });
    };
    boost::asio::co_spawn(io, async_fetch(client, server.url() + target), done);
    io.run();
    EXPECT_EQ(outcome.code, errc::too_slow) << outcome.sentence;
  }
}

}  // namespace
}  // namespace torchhub::net
