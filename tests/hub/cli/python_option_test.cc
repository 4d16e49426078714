// The user's Python: --python, TORCHHUB_VENV, VIRTUAL_ENV and PYTHONPATH, as they decide what a repository imports and
// which LibTorch is loaded.

#include <torchhub/tests/hub/cli/command_test.h>
#include <torchhub/tests/support/sanitizer.h>

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
using testing::HasSubstr;
using testing::Not;
using tests::Outcome;

const std::string kVersion = TORCHHUB_PYTHON_VERSION;
const std::string kMinor = kVersion.substr(0, kVersion.rfind('.'));

// An entry point that tells whose pierside it has found.
constexpr const char* kWho =
    "dependencies = ['pierside']\nimport pierside\n"
    "def who():\n    return 1\nwho.__doc__ = pierside.WHO\n";

class PythonOptionTest : public tests::CommandTest {
 protected:
  PythonOptionTest() {
    variables_["PYTHONPATH"] = variables_["VIRTUAL_ENV"] = variables_["TORCHHUB_VENV"] = "";
    add_repository("acme/who", kWho);
  }

  // A virtual environment over the build's own base, with a module that tells of `who` it is.
  fs::path add_venv(const std::string& who, const std::string& settings = "") {
    const fs::path venv = home_ / who;
    fs::create_directories(venv / "bin");
    fs::create_symlink(fs::canonical(TORCHHUB_PYTHON_EXECUTABLE), venv / "bin/python");
    tests::write_file(venv / "pyvenv.cfg",
                      settings.empty() ? "home = " TORCHHUB_PYTHON_BASE_PREFIX
                                         "/bin\ninclude-system-site-packages = false\nversion = " +
                                             kVersion + "\n"
                                       : settings);
    tests::write_file(site_of(venv) / "pierside.py", "WHO = 'Of " + who + ".'\n");
    return venv;
  }
  static fs::path site_of(const fs::path& prefix) {
    return prefix / "lib" / ("python" + kMinor) / "site-packages";
  }

  // The first line of who's docstring, by a run of hubconf.py.
  std::string who(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"list", "acme/who", "--run", "--trust-repo", "--json"});
    return std::string(json_of(options).at("entry_points").at(0).at("docstring").as_string());
  }

  // A torch package that is the build's, but for its version's variant, and for a copy of libc10.so.
  void add_torch_variant(const fs::path& site, const std::string& version) {
    const fs::path torch = TORCHHUB_TORCH_PACKAGE;
    fs::create_directories(site / "torch/lib");
    for (const auto& entry : fs::directory_iterator(torch)) {
      const fs::path name = entry.path().filename();
      if (name != "lib" && name != "version.py" && name != "__pycache__")
        fs::create_symlink(entry.path(), site / "torch" / name);
    }
    for (const auto& entry : fs::directory_iterator(torch / "lib")) {
      const fs::path name = entry.path().filename();
      if (name != "libc10.so") fs::create_symlink(entry.path(), site / "torch/lib" / name);
    }
    fs::copy_file(fs::canonical(torch / "lib/libc10.so"), site / "torch/lib/libc10.so");
    std::string text = tests::read_file(torch / "version.py");
    const std::size_t at = text.find(TORCHHUB_TORCH_VERSION);
    ASSERT_NE(at, text.npos);
    text.replace(at, std::string(TORCHHUB_TORCH_VERSION).size(), version);
    tests::write_file(site / "torch/version.py", text);
    // What torch itself imports, numpy among it, comes from the build's folder, after its own.
    tests::write_file(site / "rest.pth", torch.parent_path().string() + "\n");
  }
};

TEST_F(PythonOptionTest, IsNotNothing) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"load", "acme/who", "who", "--trust-repo", "--python", ""},
        {"list", "acme/who", "--run", "--python", ""},
        {"deps", "acme/who", "--python", ""}}) {
    const Outcome outcome = torchhub(words);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--python: wants a folder or an interpreter"));
  }
}

TEST_F(PythonOptionTest, ChoosesWhatARepositoryImports) {
  EXPECT_THAT(failure({"load", "acme/who", "who", "--trust-repo"}),
              HasSubstr("Missing dependencies: pierside"));
  const fs::path a = add_venv("a"), b = add_venv("b"), c = add_venv("c");
  tests::write_file(home_ / "path/pierside.py", "WHO = 'Of PYTHONPATH.'\n");
  // From the weakest to the strongest.
  variables_["VIRTUAL_ENV"] = a;
  EXPECT_EQ(who(), "Of a.");
  variables_["TORCHHUB_VENV"] = b / "bin/python";
  EXPECT_EQ(who(), "Of b.");
  EXPECT_EQ(who({"--python", c}), "Of c.");
  EXPECT_EQ(who({"--python", c / "bin/python"}), "Of c.");
  variables_["PYTHONPATH"] = "/nowhere:" + (home_ / "path").string();
  EXPECT_EQ(who({"--python", c}), "Of PYTHONPATH.");
  variables_["VIRTUAL_ENV"] = variables_["TORCHHUB_VENV"] = "";
  EXPECT_EQ(who(), "Of PYTHONPATH.");
  variables_["PYTHONPATH"] = "";

  // Every verb that runs Python.
  EXPECT_EQ(torchhub({"help", "acme/who", "who", "--run", "--python", a}).out, "who()\n\nOf a.\n");
  EXPECT_EQ(torchhub({"load", "acme/who", "who", "--python", a}).status, 0);
  EXPECT_THAT(torchhub({"deps", "acme/who", "--python", a}).out, Not(HasSubstr("missing")));
  EXPECT_THAT(torchhub({"deps", "acme/who"}).out, HasSubstr("missing"));
  const Outcome sandboxed =
      torchhub({"load", "acme/who", "who", "--sandbox", "--python", a, "--quiet"});
  // The bound on memory has no room for a sanitizer's shadow.
  if (!tests::kIsSanitized) {
    EXPECT_EQ(sandboxed.status, 0) << sandboxed.err;
  }
}

TEST_F(PythonOptionTest, TakesEachLayout) {
  // uv's and virtualenv's files.
  const std::string home = "home = " TORCHHUB_PYTHON_BASE_PREFIX "/bin\n";
  EXPECT_EQ(who({"--python", add_venv("uv", home +
                                                "implementation = CPython\nuv = 0.9.1\n"
                                                "version_info = " +
                                                kVersion + "\n")}),
            "Of uv.");
  EXPECT_EQ(
      who({"--python", add_venv("virtualenv",
                                home + "implementation = CPython\nversion_info = " + kVersion +
                                    ".final.0\nbase-prefix = " TORCHHUB_PYTHON_BASE_PREFIX "\n")}),
      "Of virtualenv.");
  // conda's: no pyvenv.cfg.
  const fs::path conda = add_venv("conda");
  fs::remove(conda / "pyvenv.cfg");
  tests::write_file(conda / "conda-meta/history", "");
  EXPECT_EQ(who({"--python", conda}), "Of conda.");
  EXPECT_EQ(torchhub({"load", "acme/who", "who", "--python", conda}).status, 0);
  EXPECT_THAT(torchhub({"deps", "acme/who", "--python", conda}).out, Not(HasSubstr("missing")));
  // A folder that a .pth file names.
  const fs::path linked = add_venv("linked");
  fs::remove(site_of(linked) / "pierside.py");
  tests::write_file(site_of(linked) / "x.pth", (home_ / "far").string() + "\n");
  tests::write_file(home_ / "far/pierside.py", "WHO = 'Of a .pth file.'\n");
  EXPECT_EQ(who({"--python", linked}), "Of a .pth file.");
  EXPECT_EQ(torchhub({"load", "acme/who", "who", "--python", linked}).status, 0);
}

TEST_F(PythonOptionTest, RefusesWhatDoesNotFit) {
  const fs::path old = add_venv("old", "home = /opt/py/bin\nversion = 3.5.1\n");
  const fs::path pypy =
      add_venv("pypy", "home = /opt/py/bin\nimplementation = PyPy\nversion_info = " + kVersion);
  const fs::path torch = add_venv("torch");
  tests::write_file(site_of(torch) / "torch/__init__.py", "");
  tests::write_file(site_of(torch) / "torch/version.py", "__version__ = '0.4.1+cu9'\n");
  for (const auto& [venv, what] : std::vector<std::pair<fs::path, std::string>>{
           {old, "has Python 3.5, and torchhub was built for Python " + kMinor},
           {pypy, "has PyPy, and torchhub was built for CPython"},
           {torch, "is torch 0.4.1+cu9, and torchhub was built with torch " TORCHHUB_TORCH_VERSION},
           {home_ / "nowhere",
            "is neither the folder of a Python environment nor an interpreter"}}) {
    const std::vector<std::vector<std::string>> commands = {
        {"load", "acme/who", "who", "--trust-repo"},
        {"load", "acme/who", "who", "--trust-repo", "--sandbox"},
        {"list", "acme/who", "--run", "--trust-repo"},
        {"help", "acme/who", "who", "--run", "--trust-repo"},
        {"export", "acme/who", "who", "--input", "1:float32", "--output", home_ / "m.pt2"}};
    for (const std::vector<std::string>& command : commands) {
      std::vector<std::string> named = command;
      named.insert(named.end(), {"--python", venv});
      EXPECT_THAT(failure(named), AllOf(HasSubstr(venv), HasSubstr(what)));
      variables_["VIRTUAL_ENV"] = venv;
      EXPECT_THAT(failure(command), AllOf(HasSubstr("VIRTUAL_ENV is set: "), HasSubstr(what)));
      variables_["VIRTUAL_ENV"] = "";
    }
    // What only reads says it and does without.
    const Outcome listed = torchhub({"list", "acme/digits", "--python", venv});
    EXPECT_EQ(listed.status, 0) << listed.err;
    EXPECT_THAT(listed.out, HasSubstr("digit_reader"));
    EXPECT_THAT(listed.err, AllOf(HasSubstr(what), Not(HasSubstr("error"))));
  }
  // run needs the LibTorch alone.
  EXPECT_THAT(failure({"run", home_ / "m.pt2", home_ / "x.pt", "--python", torch}),
              HasSubstr("is torch 0.4.1+cu9"));
  EXPECT_THAT(failure({"run", home_ / "m.pt2", home_ / "x.pt", "--python", old}),
              HasSubstr("x.pt"));
}

TEST_F(PythonOptionTest, LoadsTheLibTorchOfTheEnvironment) {
  const std::string version(TORCHHUB_TORCH_VERSION);
  const std::string variant = version.substr(0, version.find('+')) + "+cu999";
  const fs::path venv = add_venv("variant");
  add_torch_variant(site_of(venv), variant);
  add_repository(
      "acme/torch",
      "import os\n\ndef tell():\n    import torch\n"
      "    with open('/proc/self/maps') as maps:\n"
      "        own = {line.split()[-1] for line in maps if 'libc10.so' in line}\n"
      "    loader = [os.environ.get(name) for name in ('LD_LIBRARY_PATH', 'LD_PRELOAD')]\n"
      "    left = [name for name in os.environ if name.startswith('TORCHHUB_CALLERS')]\n"
      "    raise RuntimeError(f'{torch.__version__} {own} {loader} {left}')\n");
  const std::vector<std::string> command = {"load", "acme/torch", "tell", "--trust-repo"};
  const std::string build = fs::canonical(TORCHHUB_TORCH_LIBRARIES "/libc10.so");
  EXPECT_THAT(failure(command), HasSubstr(version + " {'" + build + "'} [None, None] []"));
  // The loader's variables are the user's again by then.
  const std::string own = site_of(venv) / "torch/lib/libc10.so";
  variables_["VIRTUAL_ENV"] = venv;
  EXPECT_THAT(failure(command), HasSubstr(variant + " {'" + own + "'} [None, None] []"));
  variables_["LD_LIBRARY_PATH"] = "/nowhere";
  EXPECT_THAT(failure(command), HasSubstr(variant + " {'" + own + "'} ['/nowhere', None] []"));
  variables_.erase("LD_LIBRARY_PATH");
  variables_["VIRTUAL_ENV"] = "";
  // As in Python, PYTHONPATH's torch comes first.
  variables_["PYTHONPATH"] =
      site_of(venv).string() + ":" + fs::path(TORCHHUB_TORCH_PACKAGE).parent_path().string();
  EXPECT_THAT(failure(command), HasSubstr(variant + " {'" + own + "'}"));
  variables_["PYTHONPATH"] = "";
  // Without Python, too.
  EXPECT_THAT(loaded_libraries({"run", home_ / "m.pt2", home_ / "x.pt", "--python", venv}),
              HasSubstr(own));
}

}  // namespace
}  // namespace torchhub
