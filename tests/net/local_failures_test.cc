// What happens on this side: rows 26 to 35 of the table in failure_modes.h.

#include <torchhub/net/error.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
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
using tests::kMiB;
using tests::knowing;
using tests::large;
using tests::serve;
using tests::waste;

TEST(LocalFailures, Row26_AFullDiskIsSaidAndLeavesWhatCame) {
  struct FullSink : MemorySink {
    void write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
      if (offset >= 20 * kMiB && is_full) {
        throw boost::system::system_error(
            boost::system::errc::make_error_code(boost::system::errc::no_space_on_device));
      }
      MemorySink::write_at(offset, bytes);
    }
    bool is_full = true;
  } sink;
  // Of several, how far each has come is a matter of the machine.
  const DownloadOptions one = DownloadOptions().connections(1);
  const FaultServer server([](const FaultRequest& request) { return serve(large(), request); });
  const Failure failure = failure_of([&] { tests::download_into(server.url() + "/f", sink, one); });
  EXPECT_EQ(failure.code, boost::system::errc::no_space_on_device);
  sink.is_full = false;
  const std::uint64_t before = server.sent();
  const Received received = tests::download_into(server.url() + "/f", sink, one);
  EXPECT_EQ(sink.text(), large());
  EXPECT_GE(received.resumed_bytes, 15 * kMiB);
  EXPECT_LE(server.sent() - before, large().size() - received.resumed_bytes);
}

TEST(LocalFailures, Row32_AWrongHashAfterAResumeIsLookedInto) {
  MemorySink sink;
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(large(), request);
    if (request.number == 0) reply.cut_after = 10 * kMiB;
    if (request.number == 1) {
      reply = FaultReply();
      reply.status = 404;
    }
    return reply;
  });
  EXPECT_EQ(failure_of([&] { tests::download_into(server.url() + "/f", sink); }).code,
            errc_of_status(404));
  // The sink loses a byte in a granule that is not looked at again when the download goes on: its
  // CRC tells in the end.
  const std::byte wrong{0x55};
  sink.write_at(3 * kMiB, std::span(&wrong, 1));
  const Received received = tests::download_into(server.url() + "/f", sink, knowing(large()));
  EXPECT_EQ(sink.text(), large());
  EXPECT_EQ(cache::to_hex(received.digest), tests::sha256_of(large()));
  // What lay in the buffers of connections that ended was sent in vain.
  EXPECT_LE(waste(server, large()), 0.6);
}

TEST(LocalFailures, Row32_AWrongHashOfACleanPassIsNotFetchedTwice) {
  const FaultServer server([](const FaultRequest& request) { return serve(large(), request); });
  const std::string other = "something else";
  const Received received = download(server.url() + "/f", knowing(other)).received;
  EXPECT_EQ(cache::to_hex(received.digest), tests::sha256_of(large()));
  EXPECT_EQ(server.sent(), large().size());
}

TEST(LocalFailures, Row35_ACancelledDownloadEndsAtOnceAndGoesOnLater) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(large(), request);
    if (request.number == 0) reply.stall_after = 9 * kMiB;
    return reply;
  });
  MemorySink sink;
  {
    boost::asio::io_context io;
    Client client(io.get_executor());
    boost::asio::cancellation_signal cancel;
    Failure outcome;
    const auto done = [&](std::exception_ptr thrown, const Received&) {
      outcome = failure_of([&] { std::rethrow_exception(thrown); });
    };
    boost::asio::co_spawn(io,
                          async_download(client, server.url() + "/f", sink, cache::Sha256(),
                                         DownloadOptions().connections(1)),
                          boost::asio::bind_cancellation_slot(cancel.slot(), done));
    boost::asio::steady_timer timer(io, 700ms);
    std::chrono::steady_clock::time_point cancelled;
    timer.async_wait([&](boost::system::error_code) {
      cancelled = std::chrono::steady_clock::now();
      cancel.emit(boost::asio::cancellation_type::terminal);
    });
    io.run();
    EXPECT_LT(std::chrono::steady_clock::now() - cancelled, 1s);
    EXPECT_EQ(outcome.code, boost::system::errc::operation_canceled) << outcome.sentence;
  }
  const Received received = tests::download_into(server.url() + "/f", sink);
  EXPECT_EQ(sink.text(), large());
  EXPECT_GE(received.resumed_bytes, 9 * kMiB);
  EXPECT_LE(waste(server, large()), 0.6);
}

}  // namespace
}  // namespace torchhub::net
