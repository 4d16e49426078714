// What the build takes from elsewhere is pinned, and what it makes is hardened.

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

fs::path third_party() { return fs::canonical("WORKSPACE").parent_path() / "third_party"; }

// A line of a requirements file without its comment; joined with those it goes on in.
std::vector<std::string> requirements_of(const std::string& file) {
  std::vector<std::string> found;
  std::istringstream lines(tests::read_file(third_party() / file));
  bool goes_on = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!goes_on) found.emplace_back();
    goes_on = line.ends_with('\\');
    found.back() += line + '\n';
  }
  return found;
}

TEST(Supply, PinsEachPythonPackageByItsHashes) {
  const std::regex pinned(R"([A-Za-z0-9._-]+==[^ ]+ \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+)");
  std::set<std::string> names;
  for (const std::string& requirement : requirements_of("requirements.txt")) {
    EXPECT_TRUE(std::regex_match(requirement, pinned)) << requirement;
    names.insert(requirement.substr(0, requirement.find("==")));
  }
  // What torch pulls in, too; torch itself differs by platform and has a file of its own.
  for (const char* name : {"numpy", "safetensors", "pytorchcv", "filelock", "sympy", "networkx",
                           "jinja2", "fsspec", "setuptools"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_FALSE(names.contains("torch"));
  const std::vector<std::string> torch = requirements_of("requirements_torch.txt");
  ASSERT_EQ(torch.size(), 1U);
  EXPECT_THAT(torch[0], ContainsRegex("^torch==[0-9.]+\n$"));
}

// BoringSSL's source is unpacked only where its files are the pinned ones.
TEST(Supply, RefusesAnotherSourceOfBoringssl) {
  const tests::TempFolder home;
  const auto make_program = [&](const std::string& name, const std::string& says) {
    tests::write_file(home / "bin" / name, "#!/bin/sh\necho \"$0 $*\" >>" +
                                               (home / "log").string() + "\n" + says + "\n");
    fs::permissions(home / "bin" / name, fs::perms(0755));
  };
  const std::string script = tests::read_file(third_party() / "boringssl/fetch.sh");
  std::smatch version;
  ASSERT_TRUE(std::regex_search(script, version, std::regex("\nversion=([^\n]+)-[0-9]+\n")));
  const std::string stem = "android-platform-external-boringssl_" + version[1].str();
  std::string writes;
  for (const char* ending : {"-2.dsc", ".orig.tar.xz", "-2.debian.tar.xz"})
    writes += "echo evil >'" + stem + ending + "'\n";
  make_program("apt-get", "case \"$*\" in *source*) " + writes + ";; esac");
  make_program("dpkg-source", "exit 1");
  const tests::Outcome outcome =
      tests::run({"/bin/sh", third_party() / "boringssl/fetch.sh", home.path(), "src"},
                 {{"PATH", (home / "bin").string() + ":/usr/bin:/bin"}});
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("is not what its pinned SHA-256 says"));
  const std::string log = tests::read_file(home / "log");
  EXPECT_THAT(log, ContainsRegex("source android-platform-external-boringssl=[0-9]"));
  EXPECT_THAT(log, Not(HasSubstr("dpkg-source")));
}

// A mirror's pool is asked where the release has another version; what lies there has to be the pinned one, too.
TEST(Supply, RefusesAnotherSourceOfBoringsslFromAPool) {
  const tests::TempFolder home;
  const std::string script = tests::read_file(third_party() / "boringssl/fetch.sh");
  std::smatch version;
  ASSERT_TRUE(std::regex_search(script, version, std::regex("\nversion=([^\n]+)-[0-9]+\n")));
  const fs::path pool = home / "mirror/pool/main/a/android-platform-external-boringssl";
  const std::string stem = "android-platform-external-boringssl_" + version[1].str();
  for (const char* ending : {"-2.dsc", ".orig.tar.xz", "-2.debian.tar.xz"})
    tests::write_file(pool / (stem + ending), "evil");
  tests::write_file(
      home / "bin/apt-get",
      "#!/bin/sh\ncase \"$*\" in *indextargets*) echo file:" + home.path().string() +
          "/mirror/ ;; *' source '*) echo 'E: no such version' >&2; exit 100 ;; esac\n");
  fs::permissions(home / "bin/apt-get", fs::perms(0755));
  const tests::Outcome outcome =
      tests::run({"/bin/sh", third_party() / "boringssl/fetch.sh", home.path(), "src"},
                 {{"PATH", (home / "bin").string() + ":/usr/bin:/bin"}});
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.err, ContainsRegex("neither apt's sources nor their mirrors' pools have .*" +
                                         version[1].str().substr(0, 6)));
  EXPECT_THAT(outcome.err, HasSubstr("E: no such version"));
  EXPECT_THAT(outcome.err, HasSubstr("Hash Sum mismatch"));
  EXPECT_FALSE(fs::exists(home / "src"));
}

TEST(Supply, HardensWhatIsOptimised) {
#ifdef NDEBUG
  const std::string program = "hub/cli/torchhub";
  const std::string headers = tests::run({"/usr/bin/readelf", "-W", "-h", "-l", "-d", program}).out;
  EXPECT_THAT(headers, HasSubstr("GNU_RELRO"));
  EXPECT_THAT(headers, ContainsRegex("FLAGS.*NOW"));
  EXPECT_THAT(headers, ContainsRegex("Type: +DYN"));
  EXPECT_THAT(headers, ContainsRegex("GNU_STACK[ 0-9a-fx]+RW "));
  const std::string symbols = tests::run({"/usr/bin/readelf", "-W", "--dyn-syms", program}).out;
  EXPECT_THAT(symbols, HasSubstr("__stack_chk_fail"));
  EXPECT_THAT(symbols, ContainsRegex("__(memcpy|memset|read|snprintf|realpath)_chk"));
#ifdef __x86_64__
  // CET: where an indirect branch may land. A program of any size has a thousand such places.
  const std::string code =
      tests::run({"/bin/sh", "-c", "objdump -d " + program + " | grep -c endbr64"}).out;
  EXPECT_GT(std::atoi(code.c_str()), 1000);
#endif
#else
  GTEST_SKIP() << "nothing is optimised here; tests/run.sh --config=opt is";
#endif
}

}  // namespace
}  // namespace torchhub
