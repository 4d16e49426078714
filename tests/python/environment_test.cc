#include <torchhub/python/environment.h>
#include <torchhub/python/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <optional>
#include <string>
#include <vector>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "3.11" of the build's "3.11.2".
const std::string kBuilt =
    std::string(TORCHHUB_PYTHON_VERSION).substr(0, std::string(TORCHHUB_PYTHON_VERSION).rfind('.'));

class EnvironmentTest : public testing::Test {
 protected:
  fs::path add_interpreter(const std::string& path, const std::string& script = "exit 9") {
    tests::write_file(home_ / path, "#!/bin/sh\n" + script + "\n");
    fs::permissions(home_ / path, fs::perms(0755));
    return home_ / path;
  }
  fs::path add_site(const std::string& prefix, const std::string& version) {
    const fs::path site = home_ / prefix / "lib" / ("python" + version) / "site-packages";
    fs::create_directories(site);
    return site;
  }
  // A virtual environment with this pyvenv.cfg, and a site folder of `version`.
  fs::path add_venv(const std::string& settings, const std::string& version = kBuilt) {
    add_interpreter("venv/bin/python");
    tests::write_file(home_ / "venv/pyvenv.cfg", settings);
    return add_site("venv", version);
  }
  void add_torch(const fs::path& site, const std::string& version,
                 const std::string& library = "c10") {
    tests::write_file(site / "torch/__init__.py", "");
    tests::write_file(site / "torch/version.py",
                      "from typing import Optional\n\n__all__ = ['__version__', 'debug']\n"
                      "__version__ = '" +
                          version + "'\ndebug = False\n");
    if (!library.empty()) tests::write_file(site / "torch/lib/libc10.so", library);
  }
  Environment find(std::vector<fs::path> search_path = {}) {
    return find_environment(home_ / "venv", std::move(search_path));
  }

  tests::TempFolder home_;
  const tests::ScopedVariable user_{"PYTHONUSERBASE", (home_ / "user").string()};
};

TEST_F(EnvironmentTest, IsToldByWhatItsMakerWrote) {
  struct Layout {
    const char* settings;
    const char* version;
    const char* implementation;
  };
  for (const Layout& layout : std::vector<Layout>{
           // venv's, virtualenv's, uv's; PyPy's by virtualenv.
           {"home = /opt/py/bin\ninclude-system-site-packages = false\nversion = 3.9.18\n", "3.9",
            "CPython"},
           {"home = /opt/py/bin\nimplementation = CPython\nversion_info = 3.10.2.final.0\n"
            "virtualenv = 20.1\ninclude-system-site-packages = false\nbase-prefix = /opt/py\n",
            "3.10", "CPython"},
           {"home = /opt/py/bin\nimplementation = CPython\nuv = 0.5.1\nversion_info = 3.12.1\n",
            "3.12", "CPython"},
           {"HOME=/opt/py/bin\nVersion=3.14.0rc1\n", "3.14", "CPython"},
           {"home = /opt/py/bin\nversion = 3.13.1\n", "3.13t", "CPython"},
           {"home = /opt/py/bin\nimplementation = PyPy\nversion_info = 3.10.14.final.0\n", "3.10",
            "PyPy"}}) {
    add_venv(layout.settings, layout.version);
    for (const fs::path& named : {home_ / "venv", home_ / "venv/bin/python"}) {
      const Environment found = find_environment(named);
      EXPECT_EQ(found.interpreter, home_ / "venv/bin/python");
      EXPECT_EQ(found.prefix, home_ / "venv");
      EXPECT_EQ(found.base_prefix, "/opt/py") << layout.settings;
      EXPECT_EQ(found.version, layout.version) << layout.settings;
      EXPECT_EQ(found.implementation, layout.implementation) << layout.settings;
      EXPECT_TRUE(found.is_virtual);
      EXPECT_THAT(found.site_folders,
                  ElementsAre(home_ / "venv/lib" / (std::string("python") + layout.version) /
                              "site-packages"));
    }
  }
}

TEST_F(EnvironmentTest, IsToldByItsFolders) {
  // conda's, of which the interpreter's name is a link; an interpreter of several in one prefix; one without a lock.
  add_interpreter("conda/bin/python3.12");
  fs::create_symlink("python3.12", home_ / "conda/bin/python");
  add_site("conda", "3.12");
  const Environment conda = find_environment(home_ / "conda");
  EXPECT_EQ(conda.version, "3.12");
  EXPECT_EQ(conda.base_prefix, home_ / "conda");
  EXPECT_FALSE(conda.is_virtual);
  EXPECT_THAT(conda.site_folders, ElementsAre(home_ / "conda/lib/python3.12/site-packages"));

  for (const char* version : {"3.9", "3.10", "3.13t"}) {
    add_interpreter(std::string("usr/bin/python") + version);
    add_site("usr", version);
  }
  for (const char* version : {"3.9", "3.10", "3.13t"})
    EXPECT_EQ(find_environment(home_ / "usr/bin" / (std::string("python") + version)).version,
              version);
}

TEST_F(EnvironmentTest, IsFoundByAName) {
  add_venv("version = 3.11.1\n");
  add_interpreter("only3/bin/python3");
  add_site("only3", "3.9");
  EXPECT_EQ(find_environment(home_ / "only3").interpreter, home_ / "only3/bin/python3");
  const std::string folders = "/nowhere:" + (home_ / "venv/bin").string();
  const tests::ScopedVariable path("PATH", folders);
  const tests::ScopedVariable home("HOME", home_.path());
  EXPECT_EQ(find_environment("python").interpreter, home_ / "venv/bin/python");
  EXPECT_EQ(find_environment("~/venv").interpreter, home_ / "venv/bin/python");
  EXPECT_EQ(find_environment({}).interpreter, TORCHHUB_PYTHON_EXECUTABLE);
}

TEST_F(EnvironmentTest, IsAskedForWhereNothingTells) {
  add_interpreter("real/bin/python3.12");
  const std::string prefix = (home_ / "real").string();
  const std::string answer = "printf 'noise\\ntorchhub-python\\n" + prefix + "/bin/python3.12\\n" +
                             prefix + "\\n3.12\\ncpython\\ntorchhub-python\\nnoise\\n'";
  const Environment found = find_environment(add_interpreter("shims/python", answer));
  EXPECT_EQ(found.interpreter, home_ / "real/bin/python3.12");
  EXPECT_EQ(found.prefix, home_ / "real");
  EXPECT_EQ(found.version, "3.12");
  // One that does not answer keeps what is known.
  for (const char* script :
       {"exit 3", "echo torchhub-python", "printf 'torchhub-python\\na\\nb\\n3.12\\nd\\ne\\n'",
        "printf 'a\\nb\\nc\\n3.12\\ne\\nf\\n'"}) {
    const Environment silent = find_environment(add_interpreter("shims/python", script));
    EXPECT_EQ(silent.interpreter, home_ / "shims/python");
    EXPECT_EQ(silent.version, "") << script;
    EXPECT_EQ(python_misfit(silent), std::nullopt);
  }
}

TEST_F(EnvironmentTest, IsRefusedWhereThereIsNone) {
  fs::create_directories(home_ / "empty/bin");
  fs::create_symlink("/nowhere/python3", home_ / "empty/bin/python");
  tests::write_file(home_ / "text", "no program");
  for (const fs::path& named : {home_ / "nowhere", home_ / "empty", home_ / "empty/bin/python",
                                home_ / "text", fs::path("no-such-python")}) {
    const tests::Failure refused = tests::failure_of([&] { find_environment(named); });
    EXPECT_EQ(refused.code, errc::no_environment) << named;
    EXPECT_THAT(refused.sentence, HasSubstr(named.string()));
  }
}

TEST_F(EnvironmentTest, HasTheTorchThatPythonWouldImport) {
  const fs::path site =
      add_venv("home = " + (home_ / "base/bin").string() + "\nversion = " + kBuilt + ".1\n");
  EXPECT_FALSE(find().torch);
  // The base's and the user's own do not count in a virtual environment ...
  const fs::path base = add_site("base", kBuilt), user = add_site("user", kBuilt);
  add_torch(base, "1.0.0");
  EXPECT_FALSE(find().torch);
  // ... but in one that says so; the user's come first.
  tests::write_file(home_ / "venv/pyvenv.cfg", "home = " + (home_ / "base/bin").string() +
                                                   "\nversion = " + kBuilt +
                                                   ".1\ninclude-system-site-packages = True\n");
  EXPECT_EQ(find().torch->version, "1.0.0");
  EXPECT_TRUE(find().has_user_site);
  add_torch(user, "2.0.0");
  EXPECT_EQ(find().torch->version, "2.0.0");
  {
    const tests::ScopedVariable none("PYTHONNOUSERSITE", "1");
    EXPECT_EQ(find().torch->version, "1.0.0");
  }
  // A .pth file's folder, which may be relative, comes before both; comments, imports and what is not there are passed
  // over.
  add_torch(home_ / "linked", "3.0.0");
  for (const char* name : {"import far", "# far"}) add_torch(site / name, "9.0.0");
  tests::write_file(site / "a.pth", "# far\nimport far\n/nowhere\n");
  tests::write_file(site / "b.pth", "../../../../linked\n");
  EXPECT_EQ(find().torch->version, "3.0.0");
  add_torch(site, "4.0.0+cu126");
  EXPECT_EQ(find().torch->version, "4.0.0+cu126");
  // PYTHONPATH's before all; a folder that is no package does not count.
  fs::create_directories(home_ / "first/torch/lib");
  add_torch(home_ / "second", "5.0.0");
  const Environment found = find({home_ / "first", home_ / "second"});
  EXPECT_EQ(found.torch->version, "5.0.0");
  EXPECT_EQ(found.torch->folder, home_ / "second/torch");
  EXPECT_EQ(found.torch->libraries, home_ / "second/torch/lib");
  EXPECT_THAT(found.search_path, ElementsAre(home_ / "first", home_ / "second"));
}

TEST_F(EnvironmentTest, DoesNotFitWithAnotherPython) {
  for (const char* version : {"3.7.1", "3.99.0", "2.7.18"}) {
    add_venv("version = " + std::string(version) + "\n");
    const std::optional<std::string> misfit = python_misfit(find());
    ASSERT_TRUE(misfit) << version;
    EXPECT_THAT(*misfit, AllOf(HasSubstr(home_ / "venv"),
                               HasSubstr("Python " + std::string(version).substr(0, 3)),
                               HasSubstr("built for Python " + kBuilt),
                               HasSubstr("TORCHHUB_PYTHON=" + (home_ / "venv/bin/python").string()),
                               HasSubstr("torchhub venv")));
  }
  // Not even one of the build's own version.
  fs::remove_all(home_ / "venv");
  add_venv("version = " + kBuilt + ".1\n", kBuilt + "t");
  EXPECT_THAT(python_misfit(find()).value_or(""),
              AllOf(HasSubstr("has Python " + kBuilt + "t, which is free-threaded"),
                    HasSubstr("torchhub venv"), Not(HasSubstr("TORCHHUB_PYTHON="))));
  fs::remove_all(home_ / "venv");
  add_venv("version = " + kBuilt + ".1\nimplementation = PyPy\n");
  EXPECT_THAT(python_misfit(find()).value_or(""), HasSubstr("has PyPy"));
  add_venv("version = " + kBuilt + ".99\n");
  EXPECT_EQ(python_misfit(find()), std::nullopt);
}

TEST_F(EnvironmentTest, DoesNotFitWithAnotherTorch) {
  const fs::path site = add_venv("version = " + kBuilt + ".1\n");
  EXPECT_EQ(torch_misfit(find(), "2.13.0+cpu", true), std::nullopt);
  // Any variant of the version does.
  for (const char* version : {"2.13.0", "2.13.0+cpu", "2.13.0+cu130", "2.13.0+rocm6.3"}) {
    add_torch(site, version);
    EXPECT_EQ(torch_misfit(find(), "2.13.0+cpu", true), std::nullopt) << version;
    EXPECT_EQ(torch_misfit(find(), "2.13.0", true), std::nullopt) << version;
  }
  for (const char* version : {"2.13.1", "2.1.0", "2.13", "1.13.0+cpu", "2.13.0a0+git1", ""}) {
    add_torch(site, version);
    const std::string misfit = torch_misfit(find(), "2.13.0+cpu", true).value_or("(fits)");
    EXPECT_THAT(misfit, AllOf(HasSubstr((site / "torch").string()), HasSubstr(version),
                              HasSubstr("built with torch 2.13.0+cpu"), HasSubstr("torchhub venv"),
                              HasSubstr("TORCHHUB_PYTHON=")))
        << version;
  }
  // Of the version, but of another string ABI, or without a LibTorch.
  add_torch(site, "2.13.0", "x _ZN3c105ErrorC1ENS_14SourceLocationESs x");
  EXPECT_THAT(torch_misfit(find(), "2.13.0", true).value_or(""), HasSubstr("old C++ string"));
  EXPECT_EQ(torch_misfit(find(), "2.13.0", false), std::nullopt);
  fs::remove_all(site / "torch");
  add_torch(site, "2.13.0", "");
  EXPECT_THAT(torch_misfit(find(), "2.13.0", true).value_or(""), HasSubstr("no lib/libc10.so"));
  // What PYTHONPATH brings, no other torchhub helps against.
  add_torch(home_ / "first", "1.0");
  EXPECT_THAT(torch_misfit(find({home_ / "first"}), "2.13.0", true).value_or(""),
              AllOf(HasSubstr("PYTHONPATH leads there"), Not(HasSubstr("TORCHHUB_PYTHON="))));
}

TEST_F(EnvironmentTest, IsCompletedByTheBuildsTorchWhereItHasNone) {
  const fs::path site = add_venv("version = " + kBuilt + ".1\n");
  EXPECT_EQ(completion_of(find()), fs::path(TORCHHUB_TORCH_FOLDER).parent_path());
  add_torch(site, "2.13.0");
  EXPECT_EQ(completion_of(find()), "");
}

TEST_F(EnvironmentTest, TellsTheLoaderWhatIsItsOwn) {
  // A base without a shared library, and no torch: nothing of its own.
  const fs::path site =
      add_venv("home = " + (home_ / "base/bin").string() + "\nversion = " + kBuilt + ".1\n");
  EXPECT_THAT(loader_variables(find()), IsEmpty());
  add_torch(site, "2.13.0");
  EXPECT_THAT(loader_variables(find()),
              ElementsAre(std::pair<std::string, fs::path>("LD_LIBRARY_PATH", site / "torch/lib")));
  // A link to the build's LibTorch is the build's.
  fs::remove_all(site / "torch/lib");
  fs::create_directory_symlink(fs::path(TORCHHUB_TORCH_FOLDER) / "lib", site / "torch/lib");
  EXPECT_THAT(loader_variables(find()), IsEmpty());
  const fs::path library = home_ / "base/lib" / ("libpython" + kBuilt + ".so.1.0");
  tests::write_file(library, "");
  EXPECT_THAT(loader_variables(find()),
              ElementsAre(std::pair<std::string, fs::path>("LD_PRELOAD", library)));
  EXPECT_THAT(loader_variables(find(), false), IsEmpty());
  // The build's own.
  EXPECT_THAT(loader_variables(find_environment({})), IsEmpty());
}

}  // namespace
}  // namespace torchhub::python
