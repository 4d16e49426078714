// Which server is sent what must stay secret: headers, passwords in URLs, .netrc.

#include <torchhub/net/error.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

using tests::download;
using tests::failure_of;
using tests::FaultReply;
using tests::FaultRequest;
using tests::FaultServer;
using tests::serve;
using tests::small;

const std::string kSecret = "Bearer s3cret";
// "anna:s3cret" and "bob:s3cret".
const std::string kAnna = "Basic YW5uYTpzM2NyZXQ=";
const std::string kBob = "Basic Ym9iOnMzY3JldA==";

// The values of `name` that a server was sent, "" where a request had none.
std::vector<std::string> sent(const FaultServer& server, const std::string& name) {
  std::vector<std::string> values;
  for (const FaultRequest& request : server.requests()) {
    const auto found = request.headers.find(name);
    values.push_back(found == request.headers.end() ? "" : found->second);
  }
  return values;
}

using Values = std::vector<std::string>;

FaultReply good(const FaultRequest& request) { return serve(small(), request); }

FaultReply missing(const FaultRequest&) {
  FaultReply reply;
  reply.status = 404;
  return reply;
}

FaultServer::Handler leads_to(const std::string& location) {
  return [location](const FaultRequest& request) {
    if (request.target != "/f") return serve(small(), request);
    FaultReply reply;
    reply.status = 302;
    reply.headers["Location"] = location;
    return reply;
  };
}

DownloadOptions with_secrets() {
  return DownloadOptions().secret_header("Authorization", kSecret).secret_header("X-Key", "s3cret");
}

// With `text` for the program's .netrc.
ClientOptions knowing(const std::string& text) { return ClientOptions().netrc(Netrc::parse(text)); }

std::string with_userinfo(const FaultServer& server, const std::string& userinfo) {
  return "http://" + userinfo + "@127.0.0.1:" + std::to_string(server.port());
}

TEST(Secrets, AreNotForMirrors) {
  const FaultServer origin(missing);
  const FaultServer mirror(good);
  EXPECT_EQ(download(origin.url() + "/f", with_secrets().mirror(mirror.url() + "/f")).body,
            small());
  EXPECT_EQ(sent(origin, "authorization"), Values({kSecret}));
  for (const char* name : {"authorization", "x-key"})
    EXPECT_EQ(sent(mirror, name), Values({""})) << name;
}

TEST(Secrets, AreNotForMirrorsThatServeAtTheSameTime) {
  const FaultServer origin(good);
  const FaultServer mirror(good);
  DownloadOptions options = tests::knowing(small()).mirror(mirror.url() + "/f");
  options.secret_header("Authorization", kSecret);
  EXPECT_EQ(download(origin.url() + "/f", options).body, small());
  for (const std::string& value : sent(mirror, "authorization")) EXPECT_EQ(value, "");
}

TEST(Secrets, AreForAMirrorOfTheSameOrigin) {
  const FaultServer server([](const FaultRequest& request) {
    return request.target == "/a" ? missing(request) : good(request);
  });
  const DownloadOptions options = with_secrets().mirror(server.url() + "/b");
  EXPECT_EQ(download(server.url() + "/a", options).body, small());
  EXPECT_EQ(sent(server, "authorization"), Values({kSecret, kSecret}));
}

TEST(Secrets, DoNotFollowARedirectElsewhere) {
  const FaultServer other(good);
  const FaultServer origin(leads_to(other.url() + "/f"));
  EXPECT_EQ(download(origin.url() + "/f", with_secrets()).body, small());
  for (const char* name : {"authorization", "x-key"})
    EXPECT_EQ(sent(other, name), Values({""})) << name;
  const FaultServer home(leads_to("/g"));
  EXPECT_EQ(download(home.url() + "/f", with_secrets()).body, small());
  EXPECT_EQ(sent(home, "authorization"), Values({kSecret, kSecret}));
}

TEST(Secrets, OfAUrlAreForItsOwnServer) {
  const FaultServer origin(missing);
  const FaultServer mirror(good);
  DownloadOptions options;
  options.mirror(mirror.url() + "/f");
  EXPECT_EQ(download(with_userinfo(origin, "anna:s3cret") + "/f", options).body, small());
  EXPECT_EQ(sent(origin, "authorization"), Values({kAnna}));
  EXPECT_EQ(sent(mirror, "authorization"), Values({""}));
}

TEST(Secrets, OfAHeaderStandBeforeThoseOfTheUrl) {
  const FaultServer server(good);
  download(with_userinfo(server, "anna:s3cret") + "/f", with_secrets());
  EXPECT_EQ(sent(server, "authorization"), Values({kSecret}));
}

TEST(Secrets, ComeFromNetrc) {
  const ClientOptions client = knowing("machine 127.0.0.1 login anna password s3cret");
  const FaultServer server(good);
  EXPECT_EQ(download(server.url() + "/f", DownloadOptions(), client).body, small());
  // Who names a password, or a header, means that one.
  download(with_userinfo(server, "bob:s3cret") + "/f", DownloadOptions(), client);
  download(server.url() + "/f", with_secrets(), client);
  download(server.url() + "/f", DownloadOptions().netrc(false), client);
  EXPECT_EQ(sent(server, "authorization"), Values({kAnna, kBob, kSecret, ""}));
}

TEST(Secrets, ComeFromNetrcForALogin) {
  const ClientOptions client = knowing(
      "machine 127.0.0.1 login anna password other machine 127.0.0.1 login bob password s3cret");
  const FaultServer server(good);
  download(with_userinfo(server, "bob") + "/f", DownloadOptions(), client);
  EXPECT_EQ(sent(server, "authorization"), Values({kBob}));
}

TEST(Secrets, OfNetrcAreForTheUrlsOwnOrigin) {
  const ClientOptions client = knowing("machine 127.0.0.1 login anna password s3cret");
  // The same machine, another port: .netrc cannot tell them apart, an origin can.
  const FaultServer other(good);
  const FaultServer origin(leads_to(other.url() + "/f"));
  EXPECT_EQ(download(origin.url() + "/f", DownloadOptions(), client).body, small());
  EXPECT_EQ(sent(origin, "authorization"), Values({kAnna}));
  EXPECT_EQ(sent(other, "authorization"), Values({""}));

  const FaultServer absent(missing);
  DownloadOptions with_mirror;
  with_mirror.mirror(other.url() + "/f");
  EXPECT_EQ(download(absent.url() + "/f", with_mirror, client).body, small());
  EXPECT_EQ(sent(absent, "authorization"), Values({kAnna}));
  EXPECT_EQ(sent(other, "authorization"), Values({"", ""}));

  const FaultServer home(leads_to("/g"));
  EXPECT_EQ(download(home.url() + "/f", DownloadOptions(), client).body, small());
  EXPECT_EQ(sent(home, "authorization"), Values({kAnna, kAnna}));
}

TEST(Secrets, OfNetrcAreForAMirrorOnAMachineOfItsOwn) {
  const FaultServer absent(missing);
  const FaultServer mirror(good);
  DownloadOptions options;
  options.mirror("http://localhost:" + std::to_string(mirror.port()) + "/f");
  const auto ask = [&](const std::string& netrc) {
    return download(absent.url() + "/f", options, knowing(netrc)).body;
  };
  EXPECT_EQ(ask("machine localhost login bob password s3cret"), small());
  EXPECT_EQ(ask("default login anna password s3cret"), small());
  EXPECT_EQ(sent(absent, "authorization"), Values({"", kAnna}));
  EXPECT_EQ(sent(mirror, "authorization"), Values({kBob, ""}));
}

TEST(Secrets, ComeFromTheEnvironmentsNetrc) {
  const tests::TempFolder folder;
  tests::write_file(folder / "netrc", "machine 127.0.0.1 login anna password s3cret");
  const tests::ScopedVariable named("NETRC", folder / "netrc");
  const FaultServer server(good);
  download(server.url() + "/f");
  EXPECT_EQ(sent(server, "authorization"), Values({kAnna}));
}

TEST(Secrets, AreNotPartOfWhatIsSaidOrLookedUp) {
  const FaultServer server(missing);
  for (const char* userinfo : {"user:hunter@zwei", "user:hunter%40zwei", "hunter@zwei:x"}) {
    const std::string url = with_userinfo(server, userinfo) + "/f";
    const std::string sentence = failure_of([&] { download(url); }).sentence;
    EXPECT_NE(sentence.find("127.0.0.1"), sentence.npos) << sentence;
    EXPECT_EQ(sentence.find("hunter"), sentence.npos) << sentence;
    EXPECT_EQ(sentence.find("zwei"), sentence.npos) << sentence;
  }
  for (const char* url : {"http://user:hun/ter@h/f", "http://user:hun?ter@h/f",
                          "http://user:hun#ter@h/f", "user:hunter@h/f", "http:/u:hunter@h/f"}) {
    const tests::Failure failure = failure_of([&] { download(url); });
    EXPECT_EQ(failure.code, errc::invalid_url) << url;
    EXPECT_EQ(failure.sentence.find("hun"), failure.sentence.npos) << failure.sentence;
  }
}

}  // namespace
}  // namespace torchhub::net
