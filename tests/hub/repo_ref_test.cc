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
                           "a/b:x#y",
                           "a/b:x%2fy",
                           "\xC3\xA9/b",
                           "a/b\n"}) {
    EXPECT_EQ(RepoRef::parse(text).error(), errc::bad_repository_name) << text;
  }
}

}  // namespace
}  // namespace torchhub
