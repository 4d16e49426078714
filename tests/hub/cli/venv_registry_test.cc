// torchhub venv with what a registry has: the torch of the build, and small packages beside it.

#include <torchhub/python/make_environment.h>
#include <torchhub/tests/hub/cli/command_test.h>

#include <torchhub_torch_config.h>

#include <unistd.h>

#include <filesystem>
#include <string>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using tests::Outcome;

class VenvRegistryTest : public tests::CommandTest {
 protected:
  VenvRegistryTest() {
    variables_["PYTHONPATH"] = variables_["VIRTUAL_ENV"] = variables_["TORCHHUB_VENV"] = "";
    // What was fetched is kept for the next run.
    variables_["PIP_CACHE_DIR"] =
        fs::temp_directory_path() / ("torchhub-test-pip-" + std::to_string(getuid()));
  }
};

TEST_F(VenvRegistryTest, LoadsFromWhatItMade) {
  if (python::built_torch_release().empty())
    GTEST_SKIP() << "the build's torch is the system's, and no registry has it";
  add_repository("acme/six",
                 "dependencies = ['torch', 'six']\nimport six\nimport torch\n\ndef net(width):\n"
                 "    import idna\n    import torch._C\n"
                 "    with open('/proc/self/maps') as maps:\n"
                 "        own = {line.split()[-1] for line in maps if 'libtorch_cpu.so' in line}\n"
                 "    print('loaded', own, torch.__file__, six.__file__, idna.__file__)\n"
                 "    return torch.nn.Linear(width, 1)\n");
  const fs::path venv = home_ / "venv";
  const Outcome made = torchhub({"venv", venv, "acme/six", "--json"});
  if (made.status != 0 && made.err.find("No matching distribution found") != made.err.npos)
    GTEST_SKIP() << "no registry can be reached: " << made.err;
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(json::parse(made.out).at("torch"), json::value(TORCHHUB_TORCH_VERSION));
  const Outcome loaded =
      torchhub({"load", "acme/six", "net", "6", "--trust-repo", "--python", venv, "--json"});
  ASSERT_EQ(loaded.status, 0) << loaded.err;
  EXPECT_EQ(json::parse(loaded.out).at("parameters"), json::value(7));
  const std::string site = (venv / "lib").string();
  // LibTorch and the packages are the environment's, and none is the build's.
  const std::string said = loaded.err.substr(loaded.err.find("loaded {"));
  std::size_t count = 0;
  for (std::size_t at = said.find(site); at != said.npos; at = said.find(site, at + 1)) ++count;
  EXPECT_EQ(count, 4u) << said;
  EXPECT_EQ(said.find(fs::path(TORCHHUB_TORCH_PACKAGE).parent_path().string()), said.npos) << said;
}

}  // namespace
}  // namespace torchhub
