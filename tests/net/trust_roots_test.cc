#include <torchhub/net/detail/tls/trust_roots.h>
#include <torchhub/net/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/test_ca.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

using Folders = std::vector<std::string>;

class TrustRootsTest : public testing::Test {
 protected:
  // What comes of the two variables: "" for trust, else the sentence.
  static std::string outcome(const std::string& file, const std::string& folders) {
    const tests::ScopedVariable file_variable("SSL_CERT_FILE", file);
    const tests::ScopedVariable folder_variable("SSL_CERT_DIR", folders);
    const bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    const tests::Failure failure = tests::failure_of([&] { load_trust_roots(context.get()); });
    if (!failure.code) return "";
    EXPECT_EQ(failure.code, errc::no_certificates);
    return failure.sentence;
  }

  tests::TempFolder folder_;
};

TEST_F(TrustRootsTest, FoldersHaveColonsBetweenThem) {
  EXPECT_EQ(folders_of("/a"), Folders({"/a"}));
  EXPECT_EQ(folders_of("/a:/b c:/d"), Folders({"/a", "/b c", "/d"}));
  EXPECT_EQ(folders_of(":/a::/b:"), Folders({"/a", "/b"}));
  EXPECT_EQ(folders_of(":"), Folders());
}

TEST_F(TrustRootsTest, SomeFoldersOfAListMayBeMissing) {
  const std::string there = folder_.path();
  for (const std::string& list : {there, "/nonexistent:" + there, there + ":/nonexistent",
                                  ":" + there + ":", "/nonexistent:" + there + ":/nowhere"}) {
    EXPECT_EQ(outcome("", list), "") << list;
  }
  for (const char* list : {"/nonexistent", "/nonexistent:/nowhere", ":"})
    EXPECT_THAT(outcome("", list), testing::HasSubstr("SSL_CERT_DIR")) << list;
}

TEST_F(TrustRootsTest, AnEmptyVariableIsAnUnsetOne) {
  tests::write_file(folder_ / "ca.pem", tests::make_server_certificate("DNS:localhost").authority);
  EXPECT_EQ(outcome(folder_ / "ca.pem", ""), "");
  EXPECT_EQ(outcome("", folder_.path()), "");
  EXPECT_THAT(outcome("/nowhere/ca.pem", ""), testing::HasSubstr("/nowhere/ca.pem"));
  // One of the two is enough.
  EXPECT_EQ(outcome(folder_ / "ca.pem", "/nonexistent"), "");
}

}  // namespace
}  // namespace torchhub::net::detail
