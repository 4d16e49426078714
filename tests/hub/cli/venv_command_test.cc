// venv, deps --imports and --install, and what is said where a package is missing.

#include <torchhub/python/make_environment.h>
#include <torchhub/tests/hub/cli/command_test.h>
#include <torchhub/tests/support/wheel.h>

#include <torchhub_python_config.h>
#include <torchhub_torch_config.h>

#include <filesystem>
#include <string>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using tests::Outcome;

const std::string kVersion = TORCHHUB_PYTHON_VERSION;
const std::string kMinor = kVersion.substr(0, kVersion.rfind('.'));
// "" where the build's torch is the system's, which environments then see.
const std::string kRelease = python::built_torch_release();

class VenvCommandTest : public tests::CommandTest {
 protected:
  VenvCommandTest() {
    variables_["PYTHONPATH"] = variables_["VIRTUAL_ENV"] = variables_["TORCHHUB_VENV"] = "";
    variables_["PATH"] = "/usr/bin:/bin";
    // An index of this test's own, with a newer torch, too.
    variables_["PIP_FIND_LINKS"] = index_;
    variables_["PIP_NO_INDEX"] = "1";
    variables_["PIP_CONFIG_FILE"] = "/dev/null";
    for (const std::string& version : {kRelease, std::string("99.0")})
      if (!version.empty())
        tests::write_wheel(index_, "torch", version, "",
                           {{.name = "torch/__init__.py"},
                            {.name = "torch/version.py",
                             .content = "__version__ = '" TORCHHUB_TORCH_VERSION "'\n"},
                            {.name = "torch/lib/libc10.so", .content = "c10"}});
    tests::write_wheel(index_, "numpy", "2.0");
    tests::write_wheel(index_, "declared_for_test", "1.0", "Requires-Dist: torch\n");
    tests::write_wheel(index_, "imported_for_test", "1.1", "Requires-Dist: below_for_test\n");
    tests::write_wheel(index_, "below_for_test", "1.2");
    tests::write_file(home_ / "acme/needs/net.py",
                      "import imported_for_test\n\ndef lazy():\n    import perhaps_for_test\n");
    add_repository("acme/needs",
                   "dependencies = ['torch', 'declared_for_test']\nimport declared_for_test\n"
                   "from net import lazy\n\ndef net():\n    'A net.'\n    return 1\n");
  }

  // Name and version of what was installed, from the record.
  std::string recorded(const fs::path& venv) {
    return tests::read_file(venv / "torchhub-requirements.txt");
  }
  fs::path add_program(const std::string& path, const std::string& script) {
    tests::write_file(home_ / path, "#!/bin/sh\n" + script + "\n");
    fs::permissions(home_ / path, fs::perms(0755));
    return home_ / path;
  }

  const fs::path index_ = home_ / "index";
  const fs::path venv_ = home_ / "made";
};

TEST_F(VenvCommandTest, MakesWhatFitsAndMakesItAgain) {
  const json::value made = json_of({"venv", venv_, "acme/needs", "--json"});
  EXPECT_EQ(made.at("dir"), json::value(venv_.string()));
  EXPECT_EQ(made.at("python"), json::value(kMinor));
  EXPECT_EQ(made.at("torch"), json::value(TORCHHUB_TORCH_VERSION));
  const fs::path record = venv_ / "torchhub-requirements.txt";
  EXPECT_EQ(made.at("requirements"), json::value(record.string()));
  const std::string packages = tests::run({venv_ / "bin/python", "-m", "pip", "list"}).out;
  // torch is held, though there is a newer one and packages ask for any.
  if (!kRelease.empty()) {
    EXPECT_THAT(packages, ContainsRegex("torch +" + kRelease.substr(0, kRelease.find('+'))));
  }
  const std::string hash = " --hash=sha256:[0-9a-f]{64}\n";
  for (const char* line :
       {"declared.for.test==1\\.0", "imported.for.test==1\\.1", "below.for.test==1\\.2"}) {
    EXPECT_THAT(recorded(venv_), ContainsRegex(line + hash));
    EXPECT_THAT(packages, ContainsRegex(std::string(line, 8)));
  }
  EXPECT_THAT(recorded(venv_), AllOf(HasSubstr("for Python " + kMinor), Not(HasSubstr("perhaps"))));
  EXPECT_THAT(
      torchhub({"deps", "acme/needs", "--imports", "--python", venv_}).out,
      AllOf(ContainsRegex("imported.for.test +imported_for_test +1\\.1 +undeclared +net.py:1"),
            ContainsRegex("perhaps_for_test +perhaps_for_test +missing +perhaps +net.py:4")));

  // Again, from the record: the same, though the index has newer ones.
  tests::write_wheel(index_, "below_for_test", "1.3");
  const fs::path again = home_ / "again";
  EXPECT_EQ(torchhub({"venv", again, "--requirements", record}).status, 0);
  EXPECT_EQ(recorded(again), recorded(venv_));
  // Not with other contents.
  std::string changed = recorded(venv_);
  const std::size_t at = changed.find("sha256:", changed.find("below")) + 7;
  changed.replace(at, 4, changed.compare(at, 4, "0000") == 0 ? "1111" : "0000");
  tests::write_file(home_ / "changed.txt", changed);
  EXPECT_THAT(failure({"venv", home_ / "third", "--requirements", home_ / "changed.txt"}),
              HasSubstr("HASHES"));
  tests::write_file(home_ / "bare.txt", "below_for_test==1.2\n");
  EXPECT_THAT(failure({"venv", home_ / "third", "--requirements", home_ / "bare.txt"}),
              HasSubstr("Hashes are required"));

  // One that is there gets what it lacks, and the record grows.
  tests::write_wheel(index_, "later_for_test", "3.0");
  add_repository("acme/later", "import later_for_test\n");
  EXPECT_EQ(torchhub({"venv", again, "acme/later"}).status, 0);
  EXPECT_THAT(recorded(again), AllOf(ContainsRegex("later.for.test==3\\.0"),
                                     ContainsRegex("below.for.test==1\\.2")));
  // As does deps --install, for an interpreter's path and for the environment that is active.
  tests::write_wheel(index_, "last_for_test", "4.0");
  add_repository("acme/last", "import last_for_test\n");
  variables_["VIRTUAL_ENV"] = again;
  EXPECT_THAT(torchhub({"deps", "acme/last", "--install", "--yes"}).out, HasSubstr("4.0"));
  EXPECT_THAT(recorded(again), ContainsRegex("last.for.test==4\\.0"));
  variables_["VIRTUAL_ENV"] = "";
  EXPECT_THAT(
      torchhub({"deps", "acme/last", "--install", "--yes", "--python", venv_ / "bin/python"}).out,
      HasSubstr("4.0"));
}

TEST_F(VenvCommandTest, TellsWhatCannotBeImported) {
  tests::write_wheel(
      index_, "broken_for_test", "1.0", "",
      {{.name = "broken_for_test.py",
        .content = "print('noise', end='')\nraise RuntimeError('operator a::b\\n is not')\n"}});
  add_repository("acme/broken", "import broken_for_test, below_for_test\n");
  const Outcome made = torchhub({"venv", venv_, "acme/broken"});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("broken_for_test is there now, and cannot be imported: "
                                  "RuntimeError: operator a::b is not\n"));
  EXPECT_THAT(made.err, Not(HasSubstr("below_for_test is there now")));
  EXPECT_THAT(recorded(venv_), Not(HasSubstr("torch==99")));
  // Nor does a package get another torch.
  tests::write_wheel(index_, "newer_for_test", "1.0", "Requires-Dist: torch>=50\n");
  add_repository("acme/newer", "import newer_for_test\n");
  EXPECT_THAT(failure({"venv", venv_, "acme/newer"}), HasSubstr("newer"));
}

TEST_F(VenvCommandTest, SaysWhyNoneCanBeMade) {
  tests::write_file(home_ / "full/x", "");
  EXPECT_THAT(failure({"venv", home_ / "full"}),
              HasSubstr("neither empty nor a virtual environment"));
  fs::create_directories(home_ / "old/bin");
  fs::create_symlink(fs::canonical(TORCHHUB_PYTHON_EXECUTABLE), home_ / "old/bin/python");
  tests::write_file(home_ / "old/pyvenv.cfg", "home = /opt/bin\nversion = 3.5.1\n");
  EXPECT_THAT(failure({"venv", home_ / "old"}), HasSubstr("has Python 3.5"));
  EXPECT_FALSE(fs::exists(home_ / "old/torchhub-requirements.txt"));
  EXPECT_THAT(failure({"venv", home_ / "new", "acme/unknown"}), HasSubstr("acme/unknown"));
  EXPECT_FALSE(fs::exists(home_ / "new"));
  EXPECT_EQ(torchhub({"venv", home_ / "new", "acme/needs", "--requirements", "x"}).status, 2);
  EXPECT_EQ(torchhub({"venv"}).status, 2);
}

TEST_F(VenvCommandTest, UsesUvWhereItIsThereAndPipWhereUvCannot) {
  if (kRelease.empty()) GTEST_SKIP() << "the build's torch is no release of an index";
  // uv as far as it is used: it makes environments without pip, installs by our own hands, and tells hashes.
  const std::string python = fs::canonical(TORCHHUB_PYTHON_EXECUTABLE);
  const std::string uv =
      "echo \"$@\" >>" + (home_ / "asked").string() +
      "\ncase \"$1 $2\" in\n"
      "'venv --python') for last; do :; done; exec " +
      python +
      " -m venv --without-pip \"$last\" ;;\n"
      "'pip install') [ -e " +
      (home_ / "able").string() + " ] || exit 2; exec " + python + " -m zipfile -e " +
      (index_ / ("torch-" + kRelease + "-py3-none-any.whl")).string() + ' ' +
      (home_ / "quick/lib" / ("python" + kMinor) / "site-packages").string() +
      " ;;\n"
      "'pip freeze') echo torch==" +
      kRelease +
      " ;;\n"
      "'pip compile') cat >/dev/null; printf 'torch==" +
      kRelease + " \\\\\\n    --hash=sha256:abc \\\\\\n    --hash=sha256:def\\n' ;;\nesac";
  add_program("bin/uv", uv);
  variables_["PATH"] = (home_ / "bin").string() + ":/usr/bin:/bin";
  const Outcome slow = torchhub({"venv", home_ / "slow"});
  EXPECT_EQ(slow.status, 0) << slow.err;
  EXPECT_THAT(slow.err, HasSubstr("uv could not; pip is tried"));
  EXPECT_THAT(recorded(home_ / "slow"), ContainsRegex("torch==.* --hash=sha256:[0-9a-f]{64}\n"));
  tests::write_file(home_ / "able", "");
  const Outcome quick = torchhub({"venv", home_ / "quick"});
  EXPECT_EQ(quick.status, 0) << quick.err;
  EXPECT_THAT(recorded(home_ / "quick"),
              HasSubstr("\ntorch==" + kRelease + " --hash=sha256:abc --hash=sha256:def\n"));
  EXPECT_FALSE(fs::exists(home_ / "quick/bin/pip"));
}

TEST_F(VenvCommandTest, IsNamedByWhatMissesAPackage) {
  add_repository("acme/undeclared", "import undeclared_for_test\ndef net(): pass\n");
  add_repository("acme/inside", "def net():\n    import undeclared_for_test\n");
  const fs::path local = home_ / "acme/undeclared";
  tests::write_file(home_ / "a b/pyvenv.cfg",
                    "home = " TORCHHUB_PYTHON_BASE_PREFIX "/bin\nversion = " + kVersion + "\n");
  fs::create_directories(home_ / "a b/bin");
  fs::create_symlink(fs::canonical(TORCHHUB_PYTHON_EXECUTABLE), home_ / "a b/bin/python");
  const std::string venv = "--python '" + (home_ / "a b").string() + "'";
  for (const auto& [command, repo] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"load", "acme/needs", "net", "--trust-repo"}, "acme/needs"},
           {{"load", "acme/undeclared", "net", "--trust-repo"}, "acme/undeclared"},
           {{"load", "acme/inside", "net", "--trust-repo"}, "acme/inside"},
           {{"list", "acme/undeclared", "--run", "--trust-repo"}, "acme/undeclared"},
           {{"help", "acme/undeclared", "net", "--run", "--trust-repo"}, "acme/undeclared"},
           {{"load", local, "net", "--source", "local", "--trust-repo"},
            local.string() + " --source local"}}) {
    variables_["VIRTUAL_ENV"] = "";
    EXPECT_THAT(failure(command),
                AllOf(HasSubstr("_for_test"), HasSubstr("; torchhub venv DIR " + repo + " makes")));
    variables_["VIRTUAL_ENV"] = home_ / "a b";
    EXPECT_THAT(failure(command), HasSubstr("; torchhub deps " + repo + " --install " + venv));
  }

  // What `deps --install` leaves out, or no file shows, and what no command brings.
  add_repository(
      "acme/either",
      "try:\n    import first_for_test\nexcept ImportError:\n    import yaml_for_test\n");
  add_repository("acme/unseen", "name = 'unseen_for_test.part'\n__import__(name)\n");
  add_repository("acme/part", "import torch.part_for_test\n");
  for (const auto& [repo, module] :
       {std::pair("acme/either", "yaml_for_test"), std::pair("acme/unseen", "unseen_for_test")}) {
    const std::string pip = std::string(" -m pip install ") + module + " torch==";
    const std::vector<std::string> command = {"list", repo, "--run", "--trust-repo"};
    variables_["VIRTUAL_ENV"] = "";
    EXPECT_THAT(failure(command), HasSubstr(std::string("; to have it: torchhub venv DIR ") + repo +
                                            ", then DIR/bin/python" + pip));
    variables_["VIRTUAL_ENV"] = home_ / "a b";
    EXPECT_THAT(failure(command),
                HasSubstr("; to install it: '" + (home_ / "a b/bin/python").string() + "'" + pip));
  }
  EXPECT_THAT(failure({"list", "acme/part", "--run", "--trust-repo"}),
              testing::EndsWith("No module named 'torch.part_for_test'\n"));
}

}  // namespace
}  // namespace torchhub
