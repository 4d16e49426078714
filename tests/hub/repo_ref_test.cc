#include <torchhub/hub/repo_ref.h>

#include <gtest/gtest.h>

namespace torchhub {
namespace {

TEST(RepoRef, IsTakenApart) {
  const RepoRef plain = RepoRef::parse("acme/digits").value();
  EXPECT_EQ(plain.owner, "acme");
  EXPECT_EQ(plain.name, "digits");
  EXPECT_EQ(plain.ref, std::nullopt);
  EXPECT_EQ(RepoRef::parse("A-b/N_1.x:v1.0").value().ref, "v1.0");
  EXPECT_EQ(RepoRef::parse("a/b:ci/test_slash").value().ref, "ci/test_slash");
  EXPECT_EQ(RepoRef::parse("a/b:refs/tags/v1").value().text(), "a/b:refs/tags/v1");
  EXPECT_EQ(RepoRef::parse("a/b:4e2c216").value().ref, "4e2c216");
}

TEST(RepoRef, RefusesWhatTorchHubTakesAtItsPeril) {
  for (const char* text : {"",
                           "a",
                           "/",
                           ":",
                           "a/",
                           "/b",
                           "a/b:",
                           "a/b: c",
                           " a/b",
                           "a/b/c",
                           "a/b:c:d",
                           "a/b:../x",
                           "../b:c",
                           "a/..:c",
                           "a/b#c",
                           "a/b@c",
                           "a/b?c",
                           "a b/c",
                           "https://github.com/a/b",
                           "a/b:x..y",
                           "a/b:/x",
                           "a/b:x/",
                           "a/b:x//y",
                           "a/b:.x",
                           "a/b:x/.y",
                           "a/b:x~1",
                           "a/b:-x",
                           "a/b:x?y",
                           "a/b:x*y",
                           "a/b:x[y",
                           "a/b:x\\y",
                           "a/b:x^",
                           "a/b:x ",
                           "a/b:x\ty",
                           "a/b:x\x7Fy",
                           "\xC3\xA9/b",
                           "a/b\n"}) {
    EXPECT_EQ(RepoRef::parse(text).error(), errc::bad_repository_name) << text;
  }
}

TEST(RepoRef, TakesEveryRefThatGitDoes) {
  for (const char* ref : {"tr#nk", "per%25cent", "%2e%2e", "a&b=c", "c++", "release@2", "a b",
                          "$(x)", "\xC3\xBCn\xC3\xAF/\xE6\x9E\x9D", "\xE9t\xE9", "'\"`|;", "~"}) {
    const bool is_a_suffix_in_git = std::string_view(ref) == "~";
    EXPECT_EQ(is_ref(ref), !is_a_suffix_in_git) << ref;
    if (!is_a_suffix_in_git) {
      EXPECT_EQ(RepoRef::parse(std::string("a/b:") + ref).value().ref, ref);
    }
  }
}

TEST(RefInUrl, EncodesAllThatCouldEndAPathOrMeanSomethingThere) {
  EXPECT_EQ(ref_in_url("refs/heads/v1.0-rc_2~"), "refs/heads/v1.0-rc_2~");
  EXPECT_EQ(ref_in_url("tr#nk"), "tr%23nk");
  EXPECT_EQ(ref_in_url("per%25cent"), "per%2525cent");
  EXPECT_EQ(ref_in_url("a&b=c+d@e f"), "a%26b%3Dc%2Bd%40e%20f");
  EXPECT_EQ(ref_in_url("\xC3\xBCn"), "%C3%BCn");
  EXPECT_EQ(ref_in_url("\xE9"), "%E9");
}

}  // namespace
}  // namespace torchhub
