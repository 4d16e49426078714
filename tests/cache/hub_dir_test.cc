#include <torchhub/cache/hub_dir.h>
#include <torchhub/tests/support/environment.h>

#include <gtest/gtest.h>

#include <pwd.h>

#include <map>

namespace torchhub::cache {
namespace {

using Variables = std::map<std::string, std::string>;

std::string dir_of(const Variables& variables) {
  const auto environment = [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  return hub_dir_from(environment).string();
}

struct Row {
  Variables variables;
  const char* dir;
};

// What torch.hub.get_dir() of PyTorch 2.13 gives.
TEST(HubDir, IsTorchHubs) {
  const Row rows[] = {
      {{{"HOME", "/home/u"}}, "/home/u/.cache/torch/hub"},
      {{{"HOME", "/home/u/"}}, "/home/u/.cache/torch/hub"},
      {{{"HOME", ""}}, "/.cache/torch/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "/t"}}, "/t/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "/t/"}}, "/t/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "~/t"}}, "/home/u/t/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "~"}}, "/home/u/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "rel"}}, "rel/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", ""}}, "hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "$HOME/t"}}, "$HOME/t/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "/a/../b"}}, "/a/../b/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HOME", "~nosuchuser/t"}}, "~nosuchuser/t/hub"},
      {{{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "/x"}}, "/x/torch/hub"},
      {{{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "~/x"}}, "/home/u/x/torch/hub"},
      {{{"HOME", "/home/u"}, {"XDG_CACHE_HOME", ""}}, "torch/hub"},
      {{{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "/x"}, {"TORCH_HOME", "/t"}}, "/t/hub"},
      {{{"HOME", "/home/u"}, {"TORCH_HUB", "/h"}}, "/home/u/.cache/torch/hub"},
  };
  for (const Row& row : rows) EXPECT_EQ(dir_of(row.variables), row.dir);
}

TEST(HubDir, ComesFromTheUserDatabaseWithoutAHome) {
  EXPECT_TRUE(dir_of({}).ends_with("/.cache/torch/hub"));
  EXPECT_TRUE(dir_of({}).starts_with("/"));
  const passwd* const root = getpwnam("root");
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(dir_of({{"TORCH_HOME", "~root/t"}}), std::string(root->pw_dir) + "/t/hub");
}

// One test, in this order: set_dir() cannot be undone.
TEST(HubDir, FollowsTheEnvironmentUntilItIsSet) {
  const tests::ScopedVariable home("HOME", "/home/u");
  {
    const tests::ScopedVariable torch_home("TORCH_HOME", "/t");
    EXPECT_EQ(get_dir(), "/t/hub");
  }
  const tests::ScopedVariable other("TORCH_HOME", "/other");
  EXPECT_EQ(get_dir(), "/other/hub");
  set_dir("/s/");
  EXPECT_EQ(get_dir().string(), "/s/");
  set_dir("~/s");
  EXPECT_EQ(get_dir(), "/home/u/s");
  set_dir("rel/s");
  EXPECT_EQ(get_dir(), "rel/s");
}

}  // namespace
}  // namespace torchhub::cache
