#include <torchhub/hub/context.h>
#include <torchhub/tests/support/environment.h>

#include <gtest/gtest.h>

namespace torchhub {
namespace {

using tests::ScopedVariable;

TEST(GithubEndpoints, ArePublicByDefault) {
  const GithubEndpoints github = GithubEndpoints::from_environment();
  EXPECT_EQ(github.web, "https://github.com");
  EXPECT_EQ(github.api, "https://api.github.com");
}

TEST(GithubEndpoints, ComeFromTheEnvironment) {
  const ScopedVariable web("GITHUB_SERVER_URL", "https://git.example/");
  EXPECT_EQ(GithubEndpoints::from_environment().web, "https://git.example");
  EXPECT_EQ(GithubEndpoints::from_environment().api, "https://git.example/api/v3");
  const ScopedVariable api("GITHUB_API_URL", "https://api.git.example/");
  const ScopedVariable token("GITHUB_TOKEN", "s3cret");
  EXPECT_EQ(GithubEndpoints::from_environment().api, "https://api.git.example");
  EXPECT_EQ(GithubEndpoints::from_environment().token, "s3cret");
}

TEST(GithubEndpoints, AreNotSetByAnEmptyVariable) {
  const ScopedVariable web("GITHUB_SERVER_URL", "");
  EXPECT_EQ(GithubEndpoints::from_environment().web, "https://github.com");
}

}  // namespace
}  // namespace torchhub
