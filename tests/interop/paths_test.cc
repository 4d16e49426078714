// The names of files and folders are those that the real torch.hub gives, computed by it now.

#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/hub_dir.h>
#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torchhub {
namespace {

namespace json = boost::json;
using Variables = std::map<std::string, std::string>;

const std::vector<std::string> kUrls = {
    "https://h/resnet18-f37072fd.pth",
    "https://h/a/b/c/model.pt",
    "http://h:8080/model.pt",
    "https://u@h/model.pt",
    "https://h/model.pt?x=1",
    "https://h/model.pt?x=1/y.pt",
    "https://h/model.pt#part",
    "https://h/model.pt?a#b/c",
    "https://h/a%20b.pth",
    "https://h/a%2Fb.pth",
    "https://h/%C3%A9.pth",
    "https://h/a+b.pth",
    "https://h/a;v=1.pth",
    "https://h/a=b&c.pth",
    "https://h/.hidden",
    "https://h/..pth",
    "https://h/no_extension",
    "https://h/two.dots.tar.gz",
    "https://h/v-1.0-abcdef12.pt",
    "https://h/A-ABCDEF12.PTH",
    "https://h//double//slash.pth",
    "https://h/a/./b.pth",
    "https://h/a/../b.pth",
    "https://h/~user/model.pth",
    "https://h/model.pth,v",
    "https://h/model@1.pth",
    "https://h/model:1.pth",
    "https://h/(1).pth",
    "https://h/'q'.pth",
    "https://h/a_b-c.d",
    "https://[::1]/model.pt",
    "https://[::1]:443/model.pt",
    "https://h/releases/download/v1.0/model_best-0a1b2c3d.pth.tar",
    "https://h/model.pt?token=a%2Fb",
    "https://h/very" + std::string(200, 'x') + ".pth",
};

const std::vector<std::string> kRepos = {
    "acme/digits:main",
    "acme/digits:v1",
    "acme/digits:v1.0.2",
    "Acme/Digits:Main",
    "a-b/c.d:e_f",
    "a/b:feature/x",
    "a/b:feature/x/y",
    "a/b:refs/heads/main",
    "a/b:refs/tags/v1",
    "a/b_r:x",
    "a_b/r:x",
    "a/b:0123456789abcdef0123456789abcdef01234567",
    "a/b:1",
    "a/b:v1+local",
    "a/b:v1-rc.1",
    "pytorch/vision:v0.10.0",
};

const std::vector<Variables> kEnvironments = {
    {{"HOME", "/home/u"}},
    {{"HOME", "/home/u/"}},
    {{"HOME", ""}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "/t"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "/t/"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "~/t"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "~"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "rel"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", ""}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "$HOME/t"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "/a/../b"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "~root/t"}},
    {{"HOME", "/home/u"}, {"TORCH_HOME", "~nosuchuser/t"}},
    {{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "/x"}},
    {{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "~/x"}},
    {{"HOME", "/home/u"}, {"XDG_CACHE_HOME", ""}},
    {{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "/x"}, {"TORCH_HOME", "/t"}},
    {{"HOME", "/home/u"}, {"TORCH_HUB", "/h"}},
};

json::object ask_torch() {
  json::array environments;
  for (const Variables& variables : kEnvironments)
    environments.push_back(json::value_from(variables));
  const json::object asked{{"urls", json::value_from(kUrls)},
                           {"repos", json::value_from(kRepos)},
                           {"environments", std::move(environments)}};
  const tests::TempFolder folder;
  tests::write_file(folder / "asked.json", json::serialize(asked));
  const tests::Outcome outcome =
      tests::run({"/bin/sh", "-c", "exec \"$0\" -I tests/interop/torch_paths.py < \"$1\"",
                  TORCHHUB_PYTHON_EXECUTABLE, folder / "asked.json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  // torch.hub prints what it downloads before the answer.
  return json::parse(outcome.out.substr(outcome.out.rfind("{\"urls\""))).as_object();
}

TEST(Paths, AreThoseOfTorchHub) {
  const json::object answer = ask_torch();
  for (std::size_t i = 0; i < kUrls.size(); ++i) {
    const json::value& theirs = answer.at("urls").as_array()[i];
    const auto ours = cache::checkpoint_name(kUrls[i]);
    ASSERT_TRUE(theirs.is_string()) << kUrls[i];
    ASSERT_TRUE(ours) << kUrls[i];
    EXPECT_EQ(*ours, theirs.as_string()) << kUrls[i];
  }
  const cache::TorchPaths paths("/hub");
  for (std::size_t i = 0; i < kRepos.size(); ++i) {
    const auto repo = RepoRef::parse(kRepos[i]);
    ASSERT_TRUE(repo) << kRepos[i];
    EXPECT_EQ(paths.repository({repo->owner, repo->name, repo->ref.value()}).filename().string(),
              answer.at("repos").as_array()[i].as_string())
        << kRepos[i];
  }
  for (std::size_t i = 0; i < kEnvironments.size(); ++i) {
    const auto environment = [&](const char* name) -> std::optional<std::string> {
      const auto found = kEnvironments[i].find(name);
      if (found == kEnvironments[i].end()) return std::nullopt;
      return found->second;
    };
    EXPECT_EQ(cache::hub_dir_from(environment).string(),
              answer.at("environments").as_array()[i].as_string());
  }
}

}  // namespace
}  // namespace torchhub
