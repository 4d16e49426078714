// Ranges, lengths and bodies: rows 0 to 11, 36 and 37 of the table in failure_modes.h.

#include <torchhub/net/error.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <algorithm>

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
using tests::large;
using tests::serve;
using tests::small;
using tests::waste;

ClientOptions impatient() {
  return ClientOptions().header_timeout(500ms).stall_timeout(500ms).connect_timeout(500ms);
}

TEST(RangeFailures, Row00_AFaultlessServerIsAskedForRangesAndSendsEachByteOnce) {
  const FaultServer server([](const FaultRequest& request) { return serve(large(), request); });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.sent(), large().size());
  for (const FaultRequest& request : server.requests()) EXPECT_TRUE(request.range);
}

TEST(RangeFailures, Row01_ARangeThatIsIgnoredMidwayIsNotWritten) {
  const FaultServer server([](FaultRequest request) {
    if (request.number > 0) request.range.reset();
    return serve(large(), request);
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
}

TEST(RangeFailures, Row01_AServerWithoutRangesIsReadAsOneStream) {
  const FaultServer server([](FaultRequest request) {
    request.range.reset();
    FaultReply reply = serve(large(), request);
    reply.headers.erase("Accept-Ranges");
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(RangeFailures, Row02_AServerThatStumblesOverIfRangeIsAskedWithoutIt) {
  const FaultServer server([](FaultRequest request) {
    if (request.headers.contains("if-range")) request.range.reset();
    FaultReply reply = serve(large(), request);
    if (request.headers.contains("if-range")) reply.cut_after = 1000;
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
}

TEST(RangeFailures, Row03_AnswersThatDoNotFitTheirRequestAreNotUsed) {
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

TEST(RangeFailures, Row03_AShorterRangeThanAskedIsTaken) {
  const FaultServer server([](FaultRequest request) {
    if (request.range)
      request.range->second = std::min(request.range->second, request.range->first + 5 * kMiB + 77);
    return serve(large(), request);
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(server.sent(), large().size());
}

TEST(RangeFailures, Row03_AnotherRangeMidwayIsRefused) {
  const FaultServer server([](FaultRequest request) {
    FaultReply reply = serve(large(), request);
    if (request.number == 1) reply.headers["Content-Range"] = "bytes 0-1/41955385";
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
}

TEST(RangeFailures, Row03_APartThatIsCalled200CountsAsThePartItNames) {
  // From the first answer on, or only later.
  for (const std::size_t first : {0u, 1u}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request);
      if (request.number >= first && reply.status == 206) reply.status = 200;
      return reply;
    });
    EXPECT_TRUE(download(server.url() + "/f").body == large());
    EXPECT_EQ(server.sent(), large().size());
  }
}

TEST(RangeFailures, Row03_APartThatIsCalled200IsNeverTheFile) {
  for (const char* wrong :
       {"bytes 0-16777215/*", "bytes 1-16777215/41955385", "bytes 0-1/41955385", "nonsense",
        "bytes 0-16777215", "bytes=0-16777215/41955385", "", "bytes */41955385"}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request);
      if (reply.status != 206) return reply;
      reply.status = 200;
      reply.headers["Content-Range"] = wrong;
      return reply;
    });
    EXPECT_TRUE(download(server.url() + "/f").body == large()) << wrong;
  }
}

TEST(RangeFailures, Row03_WhoSendsAPartForTheWholeIsRefused) {
  // Without a validator the whole is asked for; this server sends what it likes.
  for (const char* said : {"bytes 0-999/300000", "bytes 5-300004/300005", "bytes 0-299999/*",
                           "nonsense", "bytes 0-299999/300000\r\nContent-Length: 1000"}) {
    const FaultServer server([&](const FaultRequest&) {
      FaultReply reply;
      reply.raw = "HTTP/1.1 200 OK\r\nContent-Range: " + std::string(said) + "\r\n\r\n" +
                  small().substr(0, 1000);
      return reply;
    });
    const Failure failure =
        failure_of([&] { download(server.url() + "/f", DownloadOptions().attempts(1)); });
    EXPECT_EQ(failure.code, errc::bad_response) << said;
    EXPECT_NE(failure.sentence.find("part"), std::string::npos) << failure.sentence;
  }
  const FaultServer whole([&](const FaultRequest& request) {
    FaultRequest all = request;
    all.range.reset();
    FaultReply reply = serve(small(), all);
    reply.headers["Content-Range"] = "bytes 0-299999/300000";
    return reply;
  });
  EXPECT_TRUE(download(whole.url() + "/f").body == small());
}

TEST(RangeFailures, Row03_ARangeWithoutALengthEndsWhereItSays) {
  // A range in chunks that is none: the file from its start, under the right name.
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(large(), request);
    if (request.number > 0 && reply.status == 206) {
      reply.body = large();
      reply.made_bytes = large().size();
      reply.is_chunked = true;
    }
    return reply;
  });
  EXPECT_TRUE(download(server.url() + "/f").body == large());
  EXPECT_FALSE(server.requests().back().range);
  const FaultServer sound([](const FaultRequest& request) {
    FaultReply reply = serve(large(), request);
    reply.is_chunked = true;
    return reply;
  });
  EXPECT_TRUE(download(sound.url() + "/f").body == large());
  EXPECT_EQ(sound.sent(), large().size());
}

TEST(RangeFailures, Row03_ARangeOfAnEncodedBodyIsNoneOfTheFile) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(large(), request);
    if (request.number > 0 && reply.status == 206) {
      reply.headers["Content-Encoding"] = "gzip";
      reply.body = std::string(reply.body.size(), 'z');
    }
    return reply;
  });
  EXPECT_TRUE(download(server.url() + "/f").body == large());
}

TEST(RangeFailures, Row04_AFileThatChangesMidwayIsFetchedAnew) {
  const std::string other = tests::pattern(large().size(), 2);
  const FaultServer server([&](const FaultRequest& request) {
    return request.number == 0 ? serve(large(), request, "\"v1\"")
                               : serve(other, request, "\"v2\"");
  });
  EXPECT_EQ(download(server.url() + "/f").body, other);
}

TEST(RangeFailures, Row04_AFileThatKeepsChangingIsGivenUp) {
  const FaultServer server([](const FaultRequest& request) {
    return serve(large(), request, "\"v" + std::to_string(request.number) + "\"");
  });
  const Failure failure = failure_of([&] { download(server.url() + "/f"); });
  EXPECT_EQ(failure.code, errc::content_changed);
}

TEST(RangeFailures, Row05_ABodyThatBreaksOffGoesOnFromThere) {
  for (const bool is_reset : {false, true}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request);
      if (request.number < 4) reply.cut_after = 3 * kMiB + 1000;
      reply.is_reset = is_reset;
      return reply;
    });
    EXPECT_EQ(download(server.url() + "/f").body, large());
    // What lay in the buffers of connections that ended was sent in vain.
    EXPECT_LE(waste(server, large()), 0.6);
  }
}

TEST(RangeFailures, Row05_AttemptsCountFromTheLastProgress) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    reply.cut_after = 30'000;
    return reply;
  });
  // Ten connections for ten pieces, and two attempts.
  EXPECT_EQ(download(server.url() + "/f", DownloadOptions().attempts(2)).body, small());
}

TEST(RangeFailures, Row06_ABodyThatIsTooLongEndsWhereItShould) {
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

TEST(RangeFailures, Row07_LengthsThatContradictEachOtherAreRefused) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    if (reply.status == 206) reply.headers["Content-Range"] = "bytes 0-99/300000";
    return reply;
  });
  EXPECT_EQ(download(server.url() + "/f").body, small());
  EXPECT_FALSE(server.requests().back().range);
}

TEST(RangeFailures, Row08_AChunkedBodyIsCompleteAtItsLastChunk) {
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

TEST(RangeFailures, Row09_ABodyThatEndsWithItsConnectionNeedsAnOrderlyEnd) {
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

TEST(RangeFailures, Row09_ABodyThatEndsWithItsConnectionIsAsLongAsARangeSaid) {
  // Without a validator the whole is asked for, after a range told its length.
  for (const std::size_t cuts : {1u, 100u}) {
    std::size_t asked = 0;
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request, "");
      if (request.range) return reply;
      reply.has_length = false;
      if (asked++ < cuts) reply.cut_after = 20 * kMiB;
      return reply;
    });
    std::string body;
    const Failure failure = failure_of(
        [&] { body = download(server.url() + "/f", DownloadOptions().attempts(2)).body; });
    if (cuts == 1) {
      EXPECT_TRUE(body == large()) << failure.sentence;
    } else {
      EXPECT_EQ(failure.code, errc::truncated);
      EXPECT_NE(failure.sentence.find("20971520 of 41955385 bytes"), std::string::npos)
          << failure.sentence;
    }
  }
}

TEST(RangeFailures, Row09_AWholeBodyIsAsLongAsItsContentRangeSays) {
  for (const std::size_t size : {small().size(), std::size_t{1000}}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply;
      reply.status = 416;
      if (request.range) return reply;
      reply.raw = "HTTP/1.1 200 OK\r\nContent-Range: bytes 0-299999/300000\r\n\r\n" +
                  small().substr(0, size);
      return reply;
    });
    std::string body;
    const Failure failure = failure_of(
        [&] { body = download(server.url() + "/f", DownloadOptions().attempts(1)).body; });
    EXPECT_EQ(body, size == 1000 ? "" : small());
    if (size == 1000) {
      EXPECT_EQ(failure.code, errc::truncated);
    }
  }
}

TEST(RangeFailures, Row09_ABodyThatAlwaysBreaksOffIsSoonGivenUp) {
  // Asked for a range and for the whole by turns, it brings the same bytes again and again: no progress.
  const FaultServer server([&](const FaultRequest&) {
    FaultReply reply;
    reply.raw =
        "HTTP/1.1 200 OK\r\nContent-Range: bytes 0-29999/30000\r\n"
        "Transfer-Encoding: chunked\r\n\r\n4e20\r\n" +
        small().substr(0, 20000) + "\r\n0\r\n\r\n";
    return reply;
  });
  const Failure failure =
      failure_of([&] { download(server.url() + "/f", DownloadOptions().attempts(4)); });
  EXPECT_TRUE(failure.code.failed());
  EXPECT_LE(server.requests().size(), 10u);
}

TEST(RangeFailures, Row10_AStalledConnectionIsReplaced) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    if (request.number == 0) reply.stall_after = 100'000;
    return reply;
  });
  // One connection, so that no other overtakes it before its time is over.
  EXPECT_EQ(download(server.url() + "/f", DownloadOptions().connections(1), impatient()).body,
            small());
  EXPECT_EQ(server.requests().back().range->first, 100'000u);
}

TEST(RangeFailures, Row10_AConnectionThatStallsIsOvertakenByOthers) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(large(), request);
    if (request.number == 0) reply.stall_after = 9 * kMiB + 100;
    return reply;
  });
  // Long before its own time is over, which is half a minute.
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
}

TEST(RangeFailures, Row11_AnUnsatisfiableRangeIsNoSuccess) {
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

TEST(RangeFailures, Row11_A416ThatCallsTheFileEmptyIsNotBelieved) {
  const FaultServer server([](const FaultRequest& request) {
    FaultReply reply = serve(small(), request);
    if (request.range) {
      reply = FaultReply();
      reply.status = 416;
      reply.headers["Content-Range"] = "bytes */0";
    }
    return reply;
  });
  EXPECT_TRUE(download(server.url() + "/f").body == small());
}

TEST(RangeFailures, Row36_AnEmptyFileIsAFile) {
  const std::string nothing;
  const FaultServer server([&](const FaultRequest& request) { return serve(nothing, request); });
  const tests::Downloaded got = download(server.url() + "/f");
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(cache::to_hex(got.received.digest), tests::sha256_of(""));
}

TEST(RangeFailures, Row37_LengthsAroundTheGranuleAndTheSpan) {
  for (const std::size_t size : {std::size_t{1}, kMiB / 4 - 1, kMiB / 4, kMiB / 4 + 1,
                                 16 * kMiB - 1, 16 * kMiB, 16 * kMiB + 1}) {
    const std::string content = tests::pattern(size);
    const FaultServer server([&](const FaultRequest& request) { return serve(content, request); });
    EXPECT_EQ(download(server.url() + "/f").body, content) << size;
  }
}

}  // namespace
}  // namespace torchhub::net
