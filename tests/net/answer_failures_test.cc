// Statuses, redirects, encodings and certificates: rows 12 to 25 of the table in failure_modes.h.

#include <torchhub/net/error.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using tests::large;
using tests::serve;
using tests::small;

TEST(AnswerFailures, Row12_AServerThatAsksForAPauseGetsIt) {
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

TEST(AnswerFailures, Row12_APauseThatIsTooLongIsSaid) {
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

TEST(AnswerFailures, Row13_ASignedAddressThatExpiredIsAskedForAgain) {
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

TEST(AnswerFailures, Row13_WhatIsForbiddenFromTheStartIsNotAskedTwice) {
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

TEST(AnswerFailures, Row14_WhatMayPassIsTriedAgain) {
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

TEST(AnswerFailures, Row14_AttemptsEnd) {
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

TEST(AnswerFailures, Row15_InformationalAnswersAreSkippedAndOthersAreErrors) {
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

TEST(AnswerFailures, Row16_ARedirectLoopIsShownWithoutItsSecrets) {
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

TEST(AnswerFailures, Row18_CredentialsDoNotCrossOrigins) {
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

TEST(AnswerFailures, Row20_GzipThatNobodyAskedForIsUndone) {
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

TEST(AnswerFailures, Row21_ACertificateForAnotherNameIsNamed) {
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

TEST(AnswerFailures, Row25_AnUnknownHostIsAskedForTwice) {
  const auto start = std::chrono::steady_clock::now();
  const Failure failure = failure_of([] { download("http://no-such-host.invalid/f"); });
  EXPECT_THAT(failure.sentence, HasSubstr("looking up no-such-host.invalid"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

}  // namespace
}  // namespace torchhub::net
