// What a current Bazel would refuse in our BUILD files, .bzl files and MODULE.bazel, as far as can be told without one.

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kPython[] = "/usr/bin/python3";

fs::path root() { return fs::canonical("WORKSPACE").parent_path(); }

std::string flaws_of(const fs::path& folder) {
  const tests::Outcome outcome =
      tests::run({kPython, "-B", root() / "tests/current_bazel.py", folder});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return outcome.out;
}

TEST(CurrentBazel, RefusesNothingHere) {
  const std::string said = flaws_of(root());
  std::smatch match;
  ASSERT_TRUE(std::regex_match(said, match, std::regex("([0-9]+) files read\n"))) << said;
  EXPECT_GT(std::atoi(match[1].str().c_str()), 60);
}

TEST(CurrentBazel, RefusesWhatIsGone) {
  const struct {
    const char* file;
    const char* text;
    const char* flaw;
  } kCases[] = {
      {"BUILD.bazel", "cc_library(name = 'a')", "BUILD.bazel:1: cc_library is neither loaded"},
      {"x/BUILD.bazel", "\nsh_test(name = 'a')", "x/BUILD.bazel:2: sh_test is neither loaded"},
      {"BUILD", "bind(name = 'a')", "bind is neither loaded"},
      {"a.bzl", "def f(): native.cc_library(name = 'a')", "native.cc_library is not in Bazel 9"},
      {"a.bzl", "def _f(ctx): return [CcInfo()]", "CcInfo is neither loaded"},
      {"a.bzl", "def _f(ctx): return ctx.host_fragments", "ctx.host_fragments is not in Bazel 9"},
      {"a.bzl", "A = attr.label(cfg = 'host')", "cfg = \"host\" is not in Bazel 9"},
      {"a.bzl", "a = rule(output_to_genfiles = True)", "output_to_genfiles is not in Bazel 9"},
      {"a.bzl", "load('@rules_cc//cc:defs.bzl', 'cc_nothing')", "has no cc_nothing"},
      {"a.bzl", "load('@rules_java//java:defs.bzl', 'java_test')",
       "is not known to be in a module"},
      {"a.bzl", "load(':b.bzl', 'b')", ":b.bzl is not there"},
      {"a.bzl", "load('//:a.bzl', c = 'b')", "//:a.bzl has no b"},
      {"third_party/a/overlay.BUILD", "cc_test(name = %{NAME})", "cc_test is neither loaded"},
      {"MODULE.bazel", "http_archive(name = 'a')", "http_archive is neither loaded"},
      {"a.bzl", "def f(:", "a.bzl:1: "},
  };
  for (const auto& bad : kCases) {
    const tests::TempFolder folder;
    tests::write_file(folder / bad.file, std::string(bad.text) + "\n");
    EXPECT_THAT(flaws_of(folder.path()), HasSubstr(bad.flaw)) << bad.text;
  }
}

// Each module that MODULE.bazel names, in its version, from the registry that stands in for the central one.
TEST(CurrentBazel, FindsEachModuleInTheRegistryThatStandsIn) {
  const tests::TempFolder folder;
  const auto make_registry = [&](const fs::path& module_file) {
    return tests::run({kPython, "-B", root() / "tests/machines/bazel/registry.py", module_file,
                       folder / "registry", "/boringssl"});
  };
  const tests::Outcome made = make_registry(root() / "MODULE.bazel");
  ASSERT_EQ(made.status, 0) << made.err;
  const std::string module_text = tests::read_file(root() / "MODULE.bazel");
  const std::regex kDependency("\nbazel_dep\\(name = \"([^\"]+)\", version = \"([^\"]+)\"");
  int found = 0;
  for (std::sregex_iterator it(module_text.begin(), module_text.end(), kDependency), end; it != end;
       ++it) {
    const std::string name = (*it)[1];
    ++found;
    if (name == "rules_cc" || name == "rules_shell" || name == "platforms") continue;
    const fs::path entry = folder / "registry/modules" / name / (*it)[2].str();
    EXPECT_TRUE(fs::exists(entry / "MODULE.bazel")) << name;
    EXPECT_TRUE(fs::exists(entry / "source.json")) << name;
  }
  EXPECT_GT(found, 12);

  for (const char* unknown :
       {"name = \"abseil\", version = \"1\"", "name = \"boost.url\", version = \"1.89.0\""}) {
    tests::write_file(folder / "MODULE.bazel", "bazel_dep(" + std::string(unknown) + ")\n");
    const tests::Outcome refused = make_registry(folder / "MODULE.bazel");
    EXPECT_NE(refused.status, 0) << unknown;
    EXPECT_THAT(refused.err, HasSubstr("which was not seen in the central registry")) << unknown;
  }
}

}  // namespace
}  // namespace torchhub
