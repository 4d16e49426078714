#include <torchhub/python/dependencies.h>
#include <torchhub/python/error.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DependenciesTest : public testing::Test {
 protected:
  // An environment whose Python writes down where and with what it was called, and says `says`.
  void make_venv(const std::string& says, int status = 0) {
    tests::write_file(venv_ / "pyvenv.cfg", "");
    tests::write_file(venv_ / "bin/python",
                      "#!/bin/sh\npwd >" + log_.string() + "\nprintf '%s\\n' \"$@\" >>" +
                          log_.string() + "\n" + says + "\nexit " + std::to_string(status) + "\n");
    fs::permissions(venv_ / "bin/python", fs::perms(0755));
  }

  tests::TempFolder home_;
  const fs::path venv_ = home_ / "venv";
  const fs::path log_ = home_ / "log";
};

TEST_F(DependenciesTest, AreInstalledByNameUnderTheConstraints) {
  make_venv("printf 'Collecting a\\n\\033[31mred\\nlast' >&2");
  std::vector<std::string> lines;
  install({"a", "B.c"}, venv_, {"torch==1.2.3", "numpy<2"},
          [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(tests::read_file(log_),
            fs::canonical(venv_).string() + "\n-m\npip\ninstall\n--constraint\n" +
                (venv_ / "torchhub-constraints.txt").string() + "\n--\na\nB.c\n");
  EXPECT_EQ(tests::read_file(venv_ / "torchhub-constraints.txt"), "torch==1.2.3\nnumpy<2\n");
  // As they came: who prints them makes them fit.
  EXPECT_THAT(lines, ElementsAre("Collecting a", "\x1b[31mred", "last"));
}

TEST_F(DependenciesTest, AreNotInstalledWhereOneIsNoName) {
  make_venv("");
  for (const char* name : {"http://2130706433/x", "-r/srv/evil", "folder/evil", "a.whl", ""}) {
    const tests::Failure refused = tests::failure_of([&] { install({"good", name}, venv_); });
    EXPECT_EQ(refused.code, errc::bad_distribution_name) << name;
    EXPECT_THAT(refused.sentence, HasSubstr("is not the name of a Python package"));
    EXPECT_FALSE(fs::exists(log_)) << name;
  }
}

TEST_F(DependenciesTest, SayThatPipFailed) {
  make_venv("", 3);
  const tests::Failure failed = tests::failure_of([&] { install({"a"}, venv_); });
  EXPECT_EQ(failed.code, errc::installation_failed);
  EXPECT_EQ(failed.sentence, "pip ended with status 3");
  make_venv("echo 'ERROR: No matching distribution found for a'; echo 'ERROR: Help'; echo", 1);
  EXPECT_EQ(tests::failure_of([&] { install({"a"}, venv_); }).sentence,
            "pip ended with status 1: No matching distribution found for a");
}

TEST_F(DependenciesTest, ThatAreNoNamesAreMissingAndNotLookedUp) {
  const std::vector<Dependency> found =
      find_dependencies({"json", "a b json json 1", "http://x.y/z", "surely_missing", "-c"});
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0].import_name, "json");
  EXPECT_TRUE(found[0].version);
  EXPECT_EQ(found[1].name, "a b json json 1");
  EXPECT_EQ(found[2].name, "http://x.y/z");
  EXPECT_EQ(found[3].name, "surely_missing");
  EXPECT_EQ(found[4].name, "-c");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_FALSE(found[i].version) << found[i].name;
}

}  // namespace
}  // namespace torchhub::python
