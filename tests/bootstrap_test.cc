// third_party/bootstrap on releases that are made up: what it asks apt for, and what it says.

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

namespace torchhub::tests {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

using Versions = std::map<std::string, std::string>;

// What Debian 12 and 13 have of what is looked for.
Versions debian12() {
  return {{"bazel-bootstrap", "4.2.3+ds-9"},
          {"g++", "4:12.2.0-3"},
          {"dpkg-dev", "1.21.22"},
          {"libboost-dev", "1.74.0.3"},
          {"libboost1.81-dev", "1.81.0-5"},
          {"libboost-url1.81-dev", "1.81.0-5"},
          {"zlib1g-dev", "1:1.2.13"},
          {"libseccomp-dev", "2.5.4-1"},
          {"libcli11-dev", "2.1.2+ds-1"},
          {"googletest", "1.12.1-0.2"},
          {"libgtest-dev", "1.12.1-0.2"},
          {"libgmock-dev", "1.12.1-0.2"},
          {"libbenchmark-dev", "1.7.1-1"},
          {"python3-dev", "3.11.2-1"},
          {"python3-venv", "3.11.2-1"},
          {"pybind11-dev", "2.10.3-1"},
          {"nginx-light", "1.22.1-9"},
          {"tinyproxy-bin", "1.11.1-2"},
          {"unzip", "6.0-28"},
          {"zsh", "5.9-4"},
          {"fish", "3.6.0-3"},
          {"groff-base", "1.22.4-10"},
          {"bsdextrautils", "2.38.1-5"},
          {"cmake", "3.25.1-1"},
          {"make", "4.3-4.1"},
          {"pkg-config", "1.8.1-1"},
          {"clang-14", "1:14.0.6-12"},
          {"clang-19", "1:19.1.7-3"},
          {"libclang-rt-14-dev", "1:14.0.6-12"}};
}

Versions debian13() {
  Versions has = debian12();
  for (const char* gone :
       {"libboost1.81-dev", "libboost-url1.81-dev", "clang-14", "libclang-rt-14-dev"})
    has.erase(gone);
  has["g++"] = "4:14.2.0-1";
  has["libboost-dev"] = "1.83.0.2+b2";
  has["libboost1.83-dev"] = "1.83.0-4.2";
  has["libboost-url1.83-dev"] = "1.83.0-4.2";
  has["libboost1.88-dev"] = has["libboost-url1.88-dev"] = "1.88.0-1";
  has["python3-dev"] = "3.13.5-1";
  has["pybind11-dev"] = "2.13.6-2";
  has["clang-22"] = has["libclang-rt-22-dev"] = "1:22.1.0-1";
  has["libclang-rt-19-dev"] = "1:19.1.7-3";
  return has;
}

// A machine with a copy of the script, and a dpkg and an apt that say what they are told to.
class Machine {
 public:
  Machine(const Versions& release, int clang) {
    const fs::path third_party = fs::canonical("WORKSPACE").parent_path() / "third_party";
    for (const char* file : {"bootstrap", "clang_number", "requirements.txt",
                             "requirements_torch.txt", "cpython/fetch_size.py"})
      copy(third_party, file);
    std::string policy;
    for (const auto& [name, version] : release)
      policy += name + ") echo \"  Candidate: " + version + "\" ;;\n";
    program("apt-cache", "case $1 in policy) case $2 in\n" + policy +
                             "esac ;;\ndepends) echo '  Depends: clang-" + std::to_string(clang) +
                             "' ;; esac");
    program("apt-get", "echo \"$*\" >>" + (home_ / "apt").string());
    program("sed", "exec /usr/bin/sed \"$@\"");
    install({});
    // Commands of this machine would be found, too: clang-14 is one.
    for (const char* name : {"bash", "dirname", "awk", "sort", "head", "mktemp", "tail", "rm",
                             "cat", "sha256sum", "cut", "grep", "cmp", "dpkg"})
      fs::create_symlink(fs::path("/usr/bin") / name, home_ / "bin" / name);
  }

  void install(const Versions& packages) {
    std::string lines = "cat <<'.'\n";
    for (const auto& [name, version] : packages) lines += "ii |" + name + "|" + version + "\n";
    program("dpkg-query", lines + "rc |libboost1.82-dev|1.82.0-1\n.");
  }

  void remove(const std::string& name) const { fs::remove(home_ / "bin" / name); }

  // A virtual environment whose pip says what it is told to. It finds, one megabyte each, what matches `found`.
  void make_virtual_environment(const std::string& found) const {
    fs::create_directories(home_ / ".venv/bin");
    fs::create_symlink("/usr/bin/python3", home_ / ".venv/bin/python");
    write_file(home_ / "torch.whl", "");
    fs::resize_file(home_ / "torch.whl", 1'000'000);
    const std::string report = R"({"install":[{"download_info":{"url":"file://)" +
                               (home_ / "torch.whl").string() + R"("}}]})";
    program("../.venv/bin/pip",
            "for last; do :; done\n"
            "echo \"$*\" >>" +
                (home_ / "pip").string() +
                "\n"
                "[[ $* == *requirements.txt || $last == " +
                found +
                " ]] || { echo 'no such torch' >&2; exit 1; }\n"
                "while [[ $1 && $1 != --report ]]; do shift; done\n"
                "[[ ! $1 ]] || echo '" +
                report + "' >\"$2\"");
  }
  std::string asked_of_pip() const { return read_file(home_ / "pip"); }

  Outcome bootstrap(const std::string& libtorch = "/none") const {
    return run(
        {"/bin/bash", home_ / "third_party/bootstrap"},
        {{"PATH", (home_ / "bin").string()}, {"LIBTORCH_PATH", libtorch}, {"TORCHHUB_CLANG", ""}});
  }

  std::string asked_of_apt() const {
    return fs::exists(home_ / "apt") ? read_file(home_ / "apt") : "";
  }
  std::string bazelrc() const { return read_file(home_ / "third_party/bootstrap.bazelrc"); }

 private:
  void copy(const fs::path& folder, const fs::path& file) const {
    const fs::path copied = home_ / "third_party" / file;
    fs::create_directories(copied.parent_path());
    fs::copy_file(folder / file, copied);
  }
  void program(const std::string& name, const std::string& does) const {
    write_file(home_ / "bin" / name, "#!/bin/bash\n" + does + "\n");
    fs::permissions(home_ / "bin" / name, fs::perms(0755));
  }

  TempFolder home_;
};

class Bootstrap : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root installs";
  }
};

TEST_F(Bootstrap, InstallsWhatTheReleaseCallsIt) {
  const Machine old(debian12(), 14);
  EXPECT_EQ(old.bootstrap().status, 0);
  EXPECT_THAT(old.asked_of_apt(), ContainsRegex("install .* g\\+\\+ .*libboost1.81-dev "));
  EXPECT_THAT(old.asked_of_apt(), Not(HasSubstr("libboost-url")));
  EXPECT_THAT(old.asked_of_apt(), ContainsRegex("clang-14 libclang-rt-14-dev\n"));
  EXPECT_THAT(old.bazelrc(), HasSubstr("CC=clang-14 --repo_env=CXX=clang++-14\n"));

  // Of two Boosts the lower one, which is the release's own; the clang that the release calls so.
  const Machine current(debian13(), 19);
  EXPECT_EQ(current.bootstrap().status, 0);
  EXPECT_THAT(current.asked_of_apt(), HasSubstr("libboost1.83-dev libboost-url1.83-dev "));
  EXPECT_THAT(current.asked_of_apt(), Not(HasSubstr("1.88-dev ")));
  EXPECT_THAT(current.asked_of_apt(), ContainsRegex("clang-19 libclang-rt-19-dev\n"));
  EXPECT_THAT(current.bazelrc(), HasSubstr("CC=clang-19 --repo_env=CXX=clang++-19\n"));
}

TEST_F(Bootstrap, IsSilentWhereAllIsThere) {
  Machine machine(debian13(), 19);
  Versions all = debian13();
  // Of another Boost than the one that apt would bring, its own library.
  all.erase("libboost1.83-dev");
  machine.install(all);
  const Outcome outcome = machine.bootstrap();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_EQ(machine.asked_of_apt(), "");
  // Another version of a package is another machine for Bazel.
  const std::string before = machine.bazelrc();
  all["libboost1.88-dev"] = "1.88.0-2";
  machine.install(all);
  EXPECT_EQ(machine.bootstrap().status, 0);
  EXPECT_NE(machine.bazelrc(), before);
}

TEST_F(Bootstrap, SaysByPurposeWhatNoPackageServesAndGoesOn) {
  Versions release = debian12();
  release.erase("libboost1.81-dev");
  release["g++"] = "4:11.2.0-1";
  release["nginx"] = release["nginx-light"];
  release.erase("nginx-light");
  const Machine machine(release, 14);
  const Outcome outcome = machine.bootstrap();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err,
              ContainsRegex("going on with what is there:\n"
                            "  a C\\+\\+20 compiler with coroutines: g\\+\\+ 12 or later\n"
                            "  Boost 1.81 or later, with Asio, Beast, JSON and URL\n"
                            "  Boost.URL, compiled, of the same Boost\n"));
  EXPECT_THAT(machine.asked_of_apt(), ContainsRegex("update\ninstall .*bazel-bootstrap .* nginx "));
  EXPECT_THAT(machine.asked_of_apt(), Not(ContainsRegex("g\\+\\+|libboost")));
  EXPECT_EQ(machine.bootstrap().status, 0);
}

TEST_F(Bootstrap, SaysOnceWhatNoPackageServes) {
  Versions release = debian12();
  release.erase("bazel-bootstrap");
  Machine machine(release, 14);
  machine.install(release);
  EXPECT_THAT(machine.bootstrap().err,
              ContainsRegex("going on with what is there:\n  Bazel 4.2.3\n$"));
  EXPECT_EQ(machine.asked_of_apt(), "-qq update\n");
  EXPECT_EQ(machine.bootstrap().err, "");
  EXPECT_EQ(machine.asked_of_apt(), "-qq update\n");
}

TEST_F(Bootstrap, SaysWhatIsNeededWhereThereIsNoApt) {
  const Machine machine(debian12(), 14);
  machine.remove("apt-get");
  const Outcome outcome = machine.bootstrap();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("this system has no apt"));
  for (const char* purpose :
       {"Bazel 4.2.3", "g++ 12 or later", "Boost 1.81 or later", "CPython 3.11 or later",
        "pybind11 2.10 or later", "clang 14 or later"})
    EXPECT_THAT(outcome.err, HasSubstr(purpose));
  EXPECT_EQ(machine.bootstrap().err, "");
}

// pip's indexes and folders are the user's own: what is for CPUs is taken where they have it.
TEST_F(Bootstrap, TakesTheTorchForCpusWherePipHasOneAndSaysHowMuchItIs) {
  const std::string pinned = "torch==[0-9.]+";
  Machine machine(debian12(), 14);
  machine.install(debian12());
  machine.make_virtual_environment("torch==*");
  const Outcome cpu = machine.bootstrap("");
  EXPECT_EQ(cpu.status, 0) << cpu.err;
  EXPECT_THAT(cpu.err, ContainsRegex("fetching " + pinned + "\\+cpu for .venv: 1 files, 1 MB\n"));
  EXPECT_THAT(machine.asked_of_pip(),
              ContainsRegex("\ninstall -qq [^\n]*check " + pinned + "\\+cpu\n$"));
  // Once.
  EXPECT_EQ(machine.bootstrap("").err, "");

  Machine other(debian12(), 14);
  other.install(debian12());
  other.make_virtual_environment("torch==*[0-9]");
  const Outcome cuda = other.bootstrap("");
  EXPECT_EQ(cuda.status, 0) << cuda.err;
  EXPECT_THAT(cuda.err, ContainsRegex("fetching " + pinned + " for .venv: 1 files, 1 MB\n"));
  EXPECT_THAT(other.asked_of_pip(), ContainsRegex("\ninstall -qq [^\n]*check " + pinned + "\n$"));

  Machine none(debian12(), 14);
  none.install(debian12());
  none.make_virtual_environment("nothing");
  const Outcome refused = none.bootstrap("");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err,
              ContainsRegex("no such torch\nbootstrap: pip finds no " + pinned + " for Python 3"));
}

// What pip's report names, by the files' own sizes.
TEST(FetchSize, AddsUpWhatPipWouldFetch) {
  const TempFolder folder;
  const fs::path script =
      fs::canonical("WORKSPACE").parent_path() / "third_party/cpython/fetch_size.py";
  const auto said = [&](const std::string& urls) {
    std::string install;
    for (std::size_t begin = 0; begin < urls.size();) {
      const std::size_t end = urls.find(' ', begin);
      install += (install.empty() ? "" : ",") + std::string(R"({"download_info":{"url":")") +
                 urls.substr(begin, end - begin) + R"("}})";
      begin = end == std::string::npos ? urls.size() : end + 1;
    }
    write_file(folder / "report", R"({"install":[)" + install + "]}");
    return run({"/usr/bin/python3", "-I", script, folder / "report"}).out;
  };
  write_file(folder / "one two.whl", "");
  fs::resize_file(folder / "one two.whl", 3'500'000);
  write_file(folder / "b.whl", "");
  fs::resize_file(folder / "b.whl", 4'700'000'000);
  const std::string here = "file://" + folder.path().string();
  EXPECT_EQ(said(""), "0 files, 0 MB\n");
  EXPECT_EQ(said(here + "/one%20two.whl"), "1 files, 3 MB\n");
  EXPECT_EQ(said(here + "/one%20two.whl " + here + "/b.whl"), "2 files, 4.7 GB\n");
  EXPECT_EQ(said(here + "/one%20two.whl " + here + "/none.whl"),
            "2 files, 3 MB and 1 of unknown size\n");
}

}  // namespace
}  // namespace torchhub::tests
