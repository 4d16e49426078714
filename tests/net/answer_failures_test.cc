// Statuses, redirects, encodings and certificates: rows 12 to 25 of the table in failure_modes.h.

#include <torchhub/net/error.h>
#include <torchhub/net/refusal.h>
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
  // 403: GitHub's secondary limit.
  for (const unsigned status : {403u, 429u, 503u}) {
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

// What a download that failed brought along of the server's answer.
std::shared_ptr<const Refusal> refusal_of(const std::string& url) {
  try {
    download(url, DownloadOptions().attempts(2));
  } catch (const Error& error) {
    return error.refusal();
  }
  return nullptr;
}

TEST(AnswerFailures, Row14_WhatTheServerSaidIsKept) {
  const std::string long_page(kMaxRefusalBytes + 100'000, 'p');
  struct Said {
    FaultReply reply;
    std::string body;
  };
  std::vector<Said> all(6);
  for (Said& said : all) {
    said.reply.status = 404;
    said.reply.headers = {{"X-Mine", "1"}};
    said.body = said.reply.body = "a page";
  }
  all[1].reply.status = 500;
  all[2].reply.is_chunked = true;
  all[3].reply.body = long_page;
  all[3].body = long_page.substr(0, kMaxRefusalBytes);
  // Nobody waits for what does not come.
  all[4].reply.stall_after = 3;
  all[4].body = "a p";
  all[5].reply.cut_after = 1;
  all[5].body = "a";
  for (const Said& said : all) {
    const FaultServer server([&](const FaultRequest&) { return said.reply; });
    const auto begun = std::chrono::steady_clock::now();
    const auto refusal = refusal_of(server.url() + "/f");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->head.status, said.reply.status);
    EXPECT_EQ(refusal->head.find("x-mine"), "1");
    EXPECT_EQ(refusal->body, said.body);
  }
  const FaultServer loop([](const FaultRequest&) {
    FaultReply reply;
    reply.status = 302;
    reply.headers = {{"Location", "/f"}};
    return reply;
  });
  ASSERT_TRUE(refusal_of(loop.url() + "/f"));
  EXPECT_EQ(refusal_of(loop.url() + "/f")->head.status, 302u);
  EXPECT_FALSE(refusal_of("http://127.0.0.1:1/f"));
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

TEST(AnswerFailures, Row15_WhatIsALittleWrongIsUnderstood) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string length = "Content-Length: 3\r\n";
  for (const std::string& raw :
       {"HTTP/1.1 200\r\n" + length + "\r\nabc", "HTTP/1.1 200 \r\n" + length + "\r\nabc",
        std::string("HTTP/1.0 200 OK\r\n\r\nabc"), std::string("HTTP/1.1 200 OK\n\nabc"),
        ok + "X: " + std::string(256 << 10, 'a') + "\r\n" + length + "\r\nabc",
        ok + length + length + "\r\nabc", chunked + "3  \r\nabc\r\n0\r\n\r\n",
        chunked + "3\t\r\nabc\r\n0\r\n\r\n", chunked + "3;a=\"b c\"\r\nabc\r\n0\r\nX: y\r\n\r\n",
        chunked + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: identity\r\n" + length + "\r\nabc",
        "HTTP/1.1 203 Non-Authoritative Information\r\n" + length + "\r\nabc",
        "HTTP/1.1 203 \r\nContent-Range: bytes 0-2/3\r\n" + length + "\r\nabc"}) {
    const FaultServer server([&](const FaultRequest&) {
      FaultReply reply;
      reply.raw = raw;
      return reply;
    });
    std::string body;
    const Failure failure = failure_of(
        [&] { body = download(server.url() + "/f", DownloadOptions().attempts(1)).body; });
    EXPECT_EQ(body, "abc") << raw.substr(0, 100) << failure.sentence;
  }
}

TEST(AnswerFailures, Row15_WhatHasNoEndOrNoSenseIsRefused) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string endless(std::size_t{1} << 20, 'a');
  const std::pair<std::string, const char*> answers[] = {
      {"HTTP/1.1 200 OK\r\nX: " + endless, "its head is longer"},
      {"HTTP/1.1 200 " + endless, "its head is longer"},
      {chunked + "3;" + endless, "the line before a chunk"},
      {chunked + std::string(endless.size(), '0'), "no size"},
      {chunked + "3\r\nabc\r\n0\r\nX: " + endless, "its trailer is longer"},
      {chunked + "3\r\nabcd\r\n0\r\n\r\n", "does not end where it says"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "does not begin with HTTP/1"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
       "several that differ"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding"}};
  for (const auto& [raw, why] : answers) {
    const FaultServer server([&](const FaultRequest&) {
      FaultReply reply;
      reply.raw = raw;
      return reply;
    });
    const Failure failure =
        failure_of([&] { download(server.url() + "/f", DownloadOptions().attempts(1)); });
    EXPECT_EQ(failure.code, errc::bad_response) << why;
    EXPECT_THAT(failure.sentence, HasSubstr(why));
  }
}

TEST(AnswerFailures, Row16_ARedirectIsAskedForAsItCame) {
  for (const auto& [location, target] :
       {std::pair("../k%2Fm%7e//1.pth?a=%2b", "/k%2Fm%7e//1.pth?a=%2b"),
        std::pair("/caf\xC3\xA9 |%/m.pth", "/caf%C3%A9%20%7C%25/m.pth")}) {
    const FaultServer server([&](const FaultRequest& request) {
      if (request.target != "/x/start") return serve(small(), request);
      FaultReply reply;
      reply.status = 302;
      reply.headers["Location"] = location;
      return reply;
    });
    EXPECT_TRUE(download(server.url() + "/x/start").body == small());
    EXPECT_EQ(server.requests().at(1).target, target);
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

TEST(AnswerFailures, Row20_WhatNamesNoEncodingIsNone) {
  for (const char* word :
       {"UTF-8", "binary", "none", "aws-chunked", "identity", "text/plain", "", "gbk", "0"}) {
    const FaultServer server([&](const FaultRequest& request) {
      FaultReply reply = serve(large(), request);
      reply.headers["Content-Encoding"] = word;
      return reply;
    });
    EXPECT_TRUE(download(server.url() + "/f").body == large()) << word;
    EXPECT_TRUE(server.requests().back().range) << word;
  }
}

TEST(AnswerFailures, Row20_AKnownHashTellsWhatAnEncodingMeans) {
  const std::string gzip(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00"
      "\x80\x88\xf9\xe5\x11\x00\x00\x00",
      28);
  const std::string text = "hello hello hello";
  const auto got = [](const std::string& coding, const std::string& sent, const std::string& known,
                      const std::string& name) {
    const FaultServer server([&](const FaultRequest&) {
      FaultReply reply;
      reply.headers["Content-Encoding"] = coding;
      reply.body = sent;
      return reply;
    });
    return download(server.url() + name, tests::knowing(known)).body;
  };
  // A word that was set when the file was stored.
  for (const char* coding : {"br", "zstd", "x-unheard-of", "gzip, gzip"})
    EXPECT_EQ(got(coding, text, text, "/f"), text) << coding;
  EXPECT_EQ(got("gzip", gzip, text, "/f"), text);
  EXPECT_EQ(got("gzip", gzip, gzip, "/f"), gzip);
  EXPECT_EQ(got("gzip", text, text, "/f"), text);
  EXPECT_EQ(got("gzip", gzip, gzip, "/f.tar.gz"), gzip);
  EXPECT_EQ(got("gzip", gzip, text, "/f.tar.gz"), text);
  const Failure failure = failure_of([&] { got("br", "something else", text, "/f"); });
  EXPECT_EQ(failure.code, errc::unsupported_encoding);
  EXPECT_THAT(failure.sentence, HasSubstr("\"br\""));
}

TEST(AnswerFailures, Row23_AProxysAnswerNeedsNoReason) {
  const auto failure_through = [](const std::string& raw) {
    const FaultServer proxy([&](const FaultRequest&) {
      FaultReply reply;
      reply.raw = raw;
      return reply;
    });
    ProxyRules rules;
    rules.set_https(proxy.url()).value();
    return failure_of([&] {
      download("https://h.example/f", DownloadOptions().attempts(1),
               ClientOptions().proxies(rules));
    });
  };
  // The tunnel is there, and ends before the handshake in it.
  for (const char* raw : {"HTTP/1.1 200\r\n\r\n", "HTTP/1.0 200 \n\n",
                          "HTTP/1.1 100\r\n\r\nHTTP/1.1 200\r\nContent-Length: 5\r\n\r\n",
                          "HTTP/1.1 200\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                          "HTTP/1.1 200\r\nTransfer-Encoding: gzip\r\n\r\n"})
    EXPECT_THAT(failure_through(raw).sentence, HasSubstr("TLS handshake")) << raw;
  EXPECT_EQ(failure_through("HTTP/1.1 407\r\n\r\n").code, errc::proxy_refused);
  const Failure endless = failure_through("HTTP/1.1 200\r\nX: " + std::string(1 << 20, 'a'));
  EXPECT_EQ(endless.code, errc::bad_response);
  EXPECT_THAT(endless.sentence, HasSubstr("asking the proxy"));
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
