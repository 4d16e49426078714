#include <torchhub/net/netrc.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <thread>

namespace torchhub::net {
namespace {

using Found = std::optional<std::string>;

TEST(Netrc, IsReadInAnyLayout) {
  const Netrc netrc = Netrc::parse(
      "machine a.example login anna password s3cret\n"
      "machine b.example\r\n\tlogin bob\r\n\tpassword p:w\r\n"
      "machine C.Example. account x password \"with \\\"blanks\\\" and \\\\\" login carl");
  EXPECT_EQ(netrc.credentials_for("a.example"), "anna:s3cret");
  EXPECT_EQ(netrc.credentials_for("b.example"), "bob:p:w");
  EXPECT_EQ(netrc.credentials_for("c.example"), "carl:with \"blanks\" and \\");
  EXPECT_EQ(netrc.credentials_for("A.EXAMPLE."), "anna:s3cret");
  EXPECT_EQ(netrc.credentials_for("x.a.example"), Found());
  EXPECT_EQ(netrc.credentials_for(""), Found());
}

TEST(Netrc, HasAnEntryForAllOthers) {
  const Netrc netrc =
      Netrc::parse("machine a login anna password 1\ndefault login guest password 2\n");
  EXPECT_EQ(netrc.credentials_for("a"), "anna:1");
  EXPECT_EQ(netrc.credentials_for("b"), "guest:2");
  EXPECT_EQ(netrc.credentials_for("b", "", Netrc::Default::is_left_out), Found());
  EXPECT_EQ(netrc.credentials_for("a", "", Netrc::Default::is_left_out), "anna:1");
}

TEST(Netrc, GivesThePasswordOfALogin) {
  const Netrc netrc =
      Netrc::parse("machine a login anna password 1 machine a login bob password 2");
  EXPECT_EQ(netrc.credentials_for("a"), "anna:1");
  EXPECT_EQ(netrc.credentials_for("a", "bob"), "bob:2");
  EXPECT_EQ(netrc.credentials_for("a", "carl"), Found());
}

TEST(Netrc, PassesOverCommentsAndMacros) {
  const Netrc netrc = Netrc::parse(
      "\xEF\xBB\xBF# machine a login no password no\n"
      "machine a login anna # the rest of the line: password no\n"
      "password #1\n"
      "macdef init\nmachine m login no password no\n\n"
      "unknown words machine b login bob password 2\nmachine c login");
  EXPECT_EQ(netrc.credentials_for("a"), "anna:#1");
  EXPECT_EQ(netrc.credentials_for("m"), Found());
  EXPECT_EQ(netrc.credentials_for("b"), "bob:2");
  EXPECT_EQ(netrc.credentials_for("c"), Found());
  EXPECT_EQ(Netrc::parse("login l password p machine").credentials_for("a"), Found());
  EXPECT_EQ(Netrc::parse("machine \"\" login l password p").credentials_for("a"), Found());
  EXPECT_EQ(Netrc::parse("machine a password \"never ends").credentials_for("a"), ":never ends");
}

TEST(Netrc, IsWhereNetrcSaysOrAtHome) {
  const tests::TempFolder home;
  const tests::ScopedVariable home_variable("HOME", home.path());
  {
    const tests::ScopedVariable none("NETRC", "");
    EXPECT_EQ(Netrc::from_environment().credentials_for("a"), Found());
    tests::write_file(home / "_netrc", "machine a login under password 1");
    EXPECT_EQ(Netrc::from_environment().credentials_for("a"), "under:1");
    tests::write_file(home / ".netrc", "machine a login dot password 2");
    EXPECT_EQ(Netrc::from_environment().credentials_for("a"), "dot:2");
  }
  tests::write_file(home / "elsewhere", "machine a login named password 3");
  {
    const tests::ScopedVariable named("NETRC", home / "elsewhere");
    EXPECT_EQ(Netrc::from_environment().credentials_for("a"), "named:3");
  }
  // A shell's <(...), which gives it once.
  ASSERT_EQ(::mkfifo((home / "pipe").c_str(), 0600), 0);
  {
    std::thread writer([&] {
      std::ofstream(home / "pipe") << "machine a login piped " << std::flush << "password 4";
    });
    const tests::ScopedVariable pipe("NETRC", home / "pipe");
    const auto first = Netrc::from_environment().credentials_for("a");
    writer.join();
    EXPECT_EQ(first, "piped:4");
    EXPECT_EQ(Netrc::from_environment().credentials_for("a"), "piped:4");
  }
  const tests::ScopedVariable folder("NETRC", home.path());
  EXPECT_EQ(Netrc::from_environment().credentials_for("a"), Found());
}

}  // namespace
}  // namespace torchhub::net
