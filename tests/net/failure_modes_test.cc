// What servers, networks and disks do to a download, by the rows of the project's table of failure
// modes. The numbers are the table's. Not here: 22 (the next address is tried: dial_test has it), 23
// (proxy_test), 24 (an HTML page under 200 is told apart by the expected hash alone: RowA24 in hub's
// tests), 28 (tests/hub/killed_download_test), 29 (tests/hub/shared_download_test). Not applicable:
// 30 (one content under two names is the cache's affair), 34 (no wall clock is read but for dates in
// headers: retry_test), 38 (no file name is ever taken from a server).

#include <torchhub/net/error.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tests::download;
using tests::Failure;
using tests::failure_of;
using tests::FaultReply;
using tests::FaultRequest;
using tests::FaultServer;
using tests::knowing;
using tests::serve;

constexpr std::size_t kMiB = std::size_t{1} << 20;

const std::string& large() {
  static const std::string content = tests::pattern(40 * kMiB + 12345);
  return content;
}

const std::string& small() {
  static const std::string content = tests::pattern(300'000);
  return content;
}

ClientOptions impatient() {
  return ClientOptions().header_timeout(500ms).stall_timeout(500ms).connect_timeout(500ms);
}

// Bytes that were sent more than once, as a share of the file.
double waste(const FaultServer& server, const std::string& content) {
  return static_cast<double>(server.sent()) / static_cast<double>(content.size()) - 1;
}

TEST(FailureModes, Row00_AFaultlessServerIsAskedForRangesAndSendsEachByteOnce) {
  const FaultServer server([](const FaultRequest& request) { return serve(large(), request); });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.sent(), large().size());
  for (const FaultRequest& request : server.requests()) EXPECT_TRUE(request.range);
}

TEST(FailureModes, Row01_ARangeThatIsIgnoredMidwayIsNotWritten) {
  const FaultServer server([](FaultRequest request) {
    if (request.number > 0) request.range.reset();
    return serve(large(), request);
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
}

TEST(FailureModes, Row01_AServerWithoutRangesIsReadAsOneStream) {
  const FaultServer server([](FaultRequest request) {
    request.range.reset();
    FaultReply reply = serve(large(), request);
    reply.headers.erase("Accept-Ranges");
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(FailureModes, Row02_AServerThatStumblesOverIfRangeIsAskedWithoutIt) {
  const FaultServer server([](FaultRequest request) {
    if (request.headers.contains("if-range")) request.range.reset();
    FaultReply reply = serve(large(), request);
    if (request.headers.contains("if-range")) reply.cut_after = 1000;
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
}

TEST(FailureModes, Row03_AnswersThatDoNotFitTheirRequestAreNotUsed) {
  for (const char* wrong : {"bytes 1-16777215/41955385", "bytes 0-16777215/*", "items 0-1/2", "",
                            "bytes 16777215-0/41955385", "bytes 0-99999999/41955385"}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request);
      if (reply.status == 206) reply.headers["Content-Range"] = wrong;
      return reply;
    });
    EXPECT_EQ(download(server.url() + "/f").body, large()) << wrong;
  }
}

TEST(FailureModes, Row03_AShorterRangeThanAskedIsTaken) {
  const FaultServer server([](FaultRequest request) {
    if (request.range)
      request.range->second = std::min(request.range->second, request.range->first + 5 * kMiB + 77);
    return serve(large(), request);
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.sent(), large().size());
}

TEST(FailureModes, Row03_AnotherRangeMidwayIsRefused) {
  const FaultServer server([](FaultRequest request) {
    FaultReply reply = serve(large(), request);
    if (request.number == 1) reply.headers["Content-Range"] = "bytes 0-1/41955385";
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
}

TEST(FailureModes, Row04_AFileThatChangesMidwayIsFetchedAnew) {
  const std::string other = tests::pattern(large().size(), 2);
  const FaultServer server([&](const FaultRequest& request) {
    return request.number == 0 ? serve(large(), request, "\"v1\"")
                               : serve(other, request, "\"v2\"");
  });
  EXPECT_EQ(download(server.url() + "/f").body, other);
}

TEST(FailureModes, Row04_AFileThatKeepsChangingIsGivenUp) {
  const FaultServer server([](const FaultRequest& request) {
    return serve(large(), request, "\"v" + std::to_string(request.number) + "\"");
  });
  const Failure failure = failure_of([&] { download(server.url() + "/f"); });
  EXPECT_EQ(failure.code, errc::content_changed);
}

TEST(FailureModes, Row05_ABodyThatBreaksOffGoesOnFromThere) {
  for (const bool is_reset : {false, true}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request);
      if (request.number < 4) reply.cut_after = 3 * kMiB + 1000;
      reply.is_reset = is_reset;
      return reply;
    });
    EXPECT_EQ(download(server.url() + "/f").body, large());
    // What lay in the buffers of connections that ended was sent in vain.
    EXPECT_LE(waste(server, large()), 0.3);
  }
}

TEST(FailureModes, Row05_AttemptsCountFromTheLastProgress) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    reply.cut_after = 30'000;
    return reply;
  });
  // Ten connections for ten pieces, and two attempts.
  EXPECT_EQ(download(server.url() + "/f", DownloadOptions().attempts(2)).body, small());
}

TEST(FailureModes, Row06_ABodyThatIsTooLongEndsWhereItShould) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply;
    const FaultReply right = serve(small(), request);
    reply.raw =
        "HTTP/1.1 206 Partial\r\nETag: \"v1\"\r\nContent-Length: 300000\r\nContent-Range: " +
        right.headers.at("Content-Range") + "\r\n\r\n" + right.body + "and more";
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, small());
}

TEST(FailureModes, Row07_LengthsThatContradictEachOtherAreRefused) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    if (reply.status == 206) reply.headers["Content-Range"] = "bytes 0-99/300000";
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, small());
  EXPECT_FALSE(server.requests().back().range);
}

TEST(FailureModes, Row08_AChunkedBodyIsCompleteAtItsLastChunk) {
  const FaultServer server([](FaultRequest request) {
    request.range.reset();
    FaultReply reply = serve(large(), request);
    reply.is_chunked = true;
    if (request.number == 0) reply.cut_after = 20 * kMiB;
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(FailureModes, Row09_ABodyThatEndsWithItsConnectionNeedsAnOrderlyEnd) {
  for (const bool goodbye : {true, false}) {
    const FaultServer server(
        [&](FaultRequest request) {
          request.range.reset();
          FaultReply reply = serve(small(), request);
          reply.has_length = false;
          reply.says_goodbye = goodbye;
          return reply;
        },
        FaultServer::Transport::tls);
    const tests::TempFolder folder;
    tests::write_file(folder / "ca.pem", server.authority());
    const tests::ScopedVariable trust("SSL_CERT_FILE", folder / "ca.pem");
    std::string body;
    const Failure failure = failure_of(
        [&] { body = download(server.url() + "/f", DownloadOptions().attempts(1)).body; });
    if (goodbye) {
      EXPECT_EQ(body, small());
    } else {
      EXPECT_EQ(failure.code, errc::truncated);
    }
  }
}

TEST(FailureModes, Row10_AStalledConnectionIsReplaced) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    if (request.number == 0) reply.stall_after = 100'000;
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f", DownloadOptions(), impatient()).body, small());
  EXPECT_EQ(server.requests().back().range->first, 100'000u);
}

TEST(FailureModes, Row11_AnUnsatisfiableRangeIsNoSuccess) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    if (request.range) {
      reply = FaultReply();
      reply.status = 416;
    }
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, small());
}

TEST(FailureModes, Row12_AServerThatAsksForAPauseGetsIt) {
  for (const unsigned status : {429u, 503u}) {
    std::chrono::steady_clock::time_point refused;
    std::chrono::steady_clock::time_point answered;
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(small(), request);
      if (request.number == 0) {
        reply = FaultReply();
        reply.status = status;
        reply.headers = {{"Retry-After", "1"}};
        refused = std::chrono::steady_clock::now();
      } else {
        answered = std::chrono::steady_clock::now();
      }
      return reply;
    });
    EXPECT_EQ(download(server.url() + "/f").body, small());
    EXPECT_GE(answered - refused, 950ms);
  }
}

TEST(FailureModes, Row12_APauseThatIsTooLongIsSaid) {
  const FaultServer server([](const FaultRequest&) {
    FaultReply reply;
    reply.status = 503;
    reply.headers = {{"Retry-After", "86400"}};
    return reply;
  });
  const Failure failure = failure_of([&] { download(server.url() + "/f"); });
  EXPECT_EQ(failure.code, errc::server_too_busy);
  EXPECT_THAT(failure.sentence, HasSubstr("86400 s"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(FailureModes, Row13_ASignedAddressThatExpiredIsAskedForAgain) {
  std::string signature = "first";
  const FaultServer server([&](const FaultRequest& request) {
    FaultReply reply;
    if (request.target == "/f") {
      reply.status = 302;
      reply.headers["Location"] = "/signed?by=" + signature;
      return reply;
    }
    if (request.target != "/signed?by=" + signature) {
      reply.status = 403;
      return reply;
    }
    reply = serve(large(), request);
    // The first signature is good for one request.
    signature = "second";
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f", DownloadOptions().connections(1)).body, large());
}

TEST(FailureModes, Row13_WhatIsForbiddenFromTheStartIsNotAskedTwice) {
  for (const unsigned status : {401u, 403u, 404u, 410u, 400u, 451u}) {
    const FaultServer server([&](const FaultRequest&) {
      FaultReply reply;
      reply.status = status;
      reply.body = "no";
      return reply;
    });
    EXPECT_EQ(failure_of([&] { download(server.url() + "/f"); }).code, errc_of_status(status));
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST(FailureModes, Row14_WhatMayPassIsTriedAgain) {
  for (const unsigned status : {408u, 425u, 500u, 502u, 504u, 522u}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(small(), request);
      if (request.number == 0) {
        reply = FaultReply();
        reply.status = status;
        reply.body = "an error page that is no part of the file";
      }
      return reply;
    });
    EXPECT_EQ(download(server.url() + "/f").body, small()) << status;
  }
}

TEST(FailureModes, Row14_AttemptsEnd) {
  const FaultServer server([](const FaultRequest&) {
    FaultReply reply;
    reply.status = 500;
    return reply;
  });
  const Failure failure =
      failure_of([&] { download(server.url() + "/f", DownloadOptions().attempts(3)); });
  EXPECT_EQ(failure.code, errc_of_status(500));
  EXPECT_THAT(failure.sentence, HasSubstr("(3 attempts)"));
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(FailureModes, Row15_InformationalAnswersAreSkippedAndOthersAreErrors) {
  const FaultServer informing([](const FaultRequest&) {
    FaultReply reply;
    reply.raw =
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    return reply;
  });
  EXPECT_EQ(download(informing.url() + "/f").body, "abc");
  for (const unsigned status : {204u, 300u, 304u}) {
    const FaultServer server([&](const FaultRequest&) {
      FaultReply reply;
      reply.status = status;
      reply.has_length = false;
      return reply;
    });
    EXPECT_NE(
        failure_of([&] { download(server.url() + "/f", DownloadOptions().attempts(1)); }).code,
        boost::system::error_code())
        << status;
  }
}

TEST(FailureModes, Row16_ARedirectLoopIsShownWithoutItsSecrets) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply;
    reply.status = 302;
    reply.headers["Location"] = "/n" + std::to_string(request.number) + "?key=s3cret";
    return reply;
  });
  const Failure failure = failure_of([&] { download(server.url() + "/f"); });
  EXPECT_EQ(failure.code, errc::too_many_redirects);
  EXPECT_THAT(failure.sentence, HasSubstr("/n"));
  EXPECT_THAT(failure.sentence, Not(HasSubstr("s3cret")));
}

TEST(FailureModes, Row18_CredentialsDoNotCrossOrigins) {
  const FaultServer elsewhere([](const FaultRequest& request) { return serve(small(), request); });
  const FaultServer server([&](const FaultRequest&) {
    FaultReply reply;
    reply.status = 307;
    reply.headers["Location"] = elsewhere.url() + "/f";
    return reply;
  });
  std::string url = server.url() + "/f";
  url.insert(7, "user:s3cret@");
  DownloadOptions options;
  options.secret_header("Cookie", "s3cret");
  EXPECT_EQ(download(url, options).body, small());
  EXPECT_EQ(server.requests().front().headers.at("authorization"), "Basic dXNlcjpzM2NyZXQ=");
  EXPECT_EQ(server.requests().front().headers.at("cookie"), "s3cret");
  for (const FaultRequest& request : elsewhere.requests()) {
    EXPECT_FALSE(request.headers.contains("authorization"));
    EXPECT_FALSE(request.headers.contains("cookie"));
  }
}

TEST(FailureModes, Row20_GzipThatNobodyAskedForIsUndone) {
  // "hello hello hello"
  const std::string gzip(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00"
      "\x80\x88\xf9\xe5\x11\x00\x00\x00",
      28);
  const auto encoded = [&](const std::string& coding, const std::string& body) {
    return [=](const FaultRequest&) {
      FaultReply reply;
      reply.headers["Content-Encoding"] = coding;
      reply.body = body;
      return reply;
    };
  };
  const FaultServer server(encoded("gzip", gzip));
  EXPECT_EQ(download(server.url() + "/f").body, "hello hello hello");
  // The server means the file's own form.
  EXPECT_EQ(download(server.url() + "/f.tar.gz").body, gzip);
  const FaultServer cut(encoded("gzip", gzip.substr(0, 20)));
  EXPECT_EQ(failure_of([&] { download(cut.url() + "/f", DownloadOptions().attempts(1)); }).code,
            errc::truncated);
  const FaultServer broken(encoded("gzip", "no gzip"));
  EXPECT_EQ(failure_of([&] { download(broken.url() + "/f"); }).code, errc::unsupported_encoding);
  const FaultServer brotli(encoded("br", "whatever"));
  const Failure failure = failure_of([&] { download(brotli.url() + "/f"); });
  EXPECT_EQ(failure.code, errc::unsupported_encoding);
  EXPECT_THAT(failure.sentence, HasSubstr("\"br\""));
}

TEST(FailureModes, Row21_ACertificateForAnotherNameIsNamed) {
  const FaultServer server([](const FaultRequest& request) { return serve(small(), request); },
                           FaultServer::Transport::tls, "DNS:other.example,DNS:third.example");
  const tests::TempFolder folder;
  tests::write_file(folder / "ca.pem", server.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", folder / "ca.pem");
  const Failure failure = failure_of([&] { download(server.url() + "/f"); });
  EXPECT_EQ(failure.code, errc::certificate_rejected);
  EXPECT_THAT(failure.sentence, HasSubstr("but for other.example, third.example"));
  EXPECT_EQ(server.connections(), 1u);
}

TEST(FailureModes, Row25_AnUnknownHostIsAskedForTwice) {
  const auto start = std::chrono::steady_clock::now();
  const Failure failure = failure_of([] { download("http://no-such-host.invalid/f"); });
  EXPECT_THAT(failure.sentence, HasSubstr("looking up no-such-host.invalid"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST(FailureModes, Row26_AFullDiskIsSaidAndLeavesWhatCame) {
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
  const FaultServer server([](const FaultRequest& request) { return serve(large(), request); });
  const Failure failure = failure_of([&] { tests::download_into(server.url() + "/f", sink); });
  EXPECT_EQ(failure.code, boost::system::errc::no_space_on_device);
  sink.is_full = false;
  const std::uint64_t before = server.sent();
  const Received received = tests::download_into(server.url() + "/f", sink);
  EXPECT_EQ(sink.text(), large());
  EXPECT_GE(received.resumed_bytes, 15 * kMiB);
  EXPECT_LE(server.sent() - before, large().size() - received.resumed_bytes);
}

TEST(FailureModes, Row32_AWrongHashAfterAResumeIsLookedInto) {
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
  EXPECT_LE(waste(server, large()), 0.25);
}

TEST(FailureModes, Row32_AWrongHashOfACleanPassIsNotFetchedTwice) {
  const FaultServer server([](const FaultRequest& request) { return serve(large(), request); });
  const std::string other = "something else";
  const Received received = download(server.url() + "/f", knowing(other)).received;
  EXPECT_EQ(cache::to_hex(received.digest), tests::sha256_of(large()));
  EXPECT_EQ(server.sent(), large().size());
}

TEST(FailureModes, Row35_ACancelledDownloadEndsAtOnceAndGoesOnLater) {
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
    boost::asio::co_spawn(io, async_download(client, server.url() + "/f", sink, cache::Sha256()),
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
  EXPECT_LE(waste(server, large()), 0.25);
}

TEST(FailureModes, Row36_AnEmptyFileIsAFile) {
  const std::string nothing;
  const FaultServer server([&](const FaultRequest& request) { return serve(nothing, request); });
  const tests::Downloaded got = download(server.url() + "/f");
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(cache::to_hex(got.received.digest), tests::sha256_of(""));
}

TEST(FailureModes, Row37_LengthsAroundTheGranuleAndTheSpan) {
  for (const std::size_t size : {std::size_t{1}, kMiB / 4 - 1, kMiB / 4, kMiB / 4 + 1,
                                 16 * kMiB - 1, 16 * kMiB, 16 * kMiB + 1}) {
    const std::string content = tests::pattern(size);
    const FaultServer server([&](const FaultRequest& request) { return serve(content, request); });
    EXPECT_EQ(download(server.url() + "/f").body, content) << size;
  }
}

}  // namespace
}  // namespace torchhub::net
