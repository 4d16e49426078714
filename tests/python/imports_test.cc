#include <torchhub/python/error.h>
#include <torchhub/python/imports.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace torchhub::python {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ImportsTest : public testing::Test {
 protected:
  void add(const std::string& file, const std::string& text) {
    tests::write_file(folder_ / file, text);
  }
  // "MODULE FILE:LINE", with a question mark where it may be done without.
  std::vector<std::string> imports(const std::string& hubconf) {
    add("hubconf.py", hubconf);
    std::vector<std::string> all;
    for (const Import& found : find_imports(folder_.path()))
      all.push_back(found.module + ' ' + found.file + ':' + std::to_string(found.line) +
                    (found.is_certain ? "" : "?"));
    return all;
  }

  tests::TempFolder folder_;
};

TEST_F(ImportsTest, AreWhatIsNeitherOwnNorOfTheStandardLibrary) {
  add("utils.py", "");
  add("models/net.py", "");
  EXPECT_THAT(imports("from __future__ import annotations\n"
                      "import os, sys.path, timm as t\n"
                      "import utils, models.net\n"
                      "from models import net\n"
                      "from PIL import Image\n"
                      "import google.protobuf.message, matplotlib.pyplot\n"),
              ElementsAre("timm hubconf.py:2", "PIL hubconf.py:5", "google.protobuf hubconf.py:6",
                          "matplotlib hubconf.py:6"));
}

TEST_F(ImportsTest, AreFollowedIntoTheRepositorysFiles) {
  add("net/__init__.py", "import of_package\n");
  add("net/deep/blocks.py", "from . import sibling\nfrom .. import upper\nfrom ..other import x\n");
  add("net/deep/sibling.py", "import of_sibling\n");
  add("net/upper.py", "import of_upper\n");
  add("net/other.py", "import of_other\nimport net.deep.blocks\n");
  add("unused.py", "import of_unused\n");
  add("broken.py", "import (\n");
  EXPECT_THAT(imports("from net.deep.blocks import Block\nimport broken\n"),
              ElementsAre("of_package net/__init__.py:1", "of_sibling net/deep/sibling.py:1",
                          "of_upper net/upper.py:1", "of_other net/other.py:1"));
}

TEST_F(ImportsTest, OfEntryPointsAreCertainAndOfOtherFunctionsPerhaps) {
  add("net.py",
      "import first\ndef build():\n    import lazy\n    from lazier import x\n"
      "class Net:\n    import of_class\n    def forward(self):\n        import of_call\n");
  add("helpers.py", "import of_helper\n");
  EXPECT_THAT(
      imports("def entry():\n    import of_entry\n    from helpers import f\n    import net\n"
              "size = lambda: __import__('of_lambda')\n"),
      ElementsAre("of_entry hubconf.py:2", "of_lambda hubconf.py:5", "of_helper helpers.py:1",
                  "first net.py:1", "of_class net.py:6", "lazy net.py:3?", "lazier net.py:4?",
                  "of_call net.py:8?"));
}

TEST_F(ImportsTest, AreFollowedIntoAPackagesFolderThatIsPutOnThePath) {
  add("src/speech/__init__.py", "");
  add("src/speech/model/__init__.py", "from .net import Net\n");
  add("src/speech/model/net.py", "import of_net\n");
  add("src/speech/requests.py", "");
  const std::string imports_of_both = "from model import Net\nimport requests\n";
  EXPECT_THAT(imports("import sys\nfrom pathlib import Path\n"
                      "sys.path.append(str(Path(__file__).parent / 'src' / 'speech'))\n" +
                      imports_of_both),
              ElementsAre("of_net src/speech/model/net.py:1"));
  // Also one that is taken off again, and none that nothing puts there.
  EXPECT_THAT(imports("import os, sys\n"
                      "sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src/speech'))\n"
                      "from model import Net\nsys.path.pop(0)\n"),
              ElementsAre("of_net src/speech/model/net.py:1"));
  EXPECT_THAT(imports("import sys\nsys.path.append('elsewhere')\n" + imports_of_both),
              ElementsAre("model hubconf.py:3", "requests hubconf.py:4"));
}

TEST_F(ImportsTest, UnderAConditionArePerhaps) {
  EXPECT_THAT(
      imports("import typing, contextlib, importlib\n"
              "if typing.TYPE_CHECKING:\n    import never\n"
              "if __name__ == '__main__':\n    import neither\nelse:\n    import always\n"
              "if typing.x:\n    import sometimes\n"
              "try:\n    import fast\nexcept ImportError:\n    import slow\n"
              "try:\n    import a\nexcept (ModuleNotFoundError, OSError):\n    pass\n"
              "try:\n    import b\nexcept:\n    pass\n"
              "try:\n    import needed\nexcept OSError:\n    raise\nfinally:\n    import last\n"
              "with contextlib.suppress(ImportError):\n    import c\n"
              "with open('x'):\n    import d\n"
              "importlib.import_module('e.f')\n"
              "importlib.import_module(typing.name)\n"),
      ElementsAre("always hubconf.py:7", "needed hubconf.py:23", "last hubconf.py:27",
                  "d hubconf.py:31", "e hubconf.py:32", "sometimes hubconf.py:9?",
                  "fast hubconf.py:11?", "slow hubconf.py:13?", "a hubconf.py:15?",
                  "b hubconf.py:19?", "c hubconf.py:29?"));
}

TEST_F(ImportsTest, ThatAreCertainSomewhereAreCertain) {
  add("net.py", "import shared\n");
  EXPECT_THAT(
      imports("try:\n    import shared\nexcept ImportError:\n    shared = None\nimport net\n"),
      ElementsAre("shared net.py:1"));
}

TEST_F(ImportsTest, AreOwnWhereTheRepositoryEditsItsPath) {
  add("src/deep/own.py", "import of_own\n");
  EXPECT_THAT(imports("import own\n"), ElementsAre("own hubconf.py:1"));
  EXPECT_THAT(imports("import sys\nsys.path.insert(0, 'src/deep')\nimport own\n"),
              ElementsAre("of_own src/deep/own.py:1"));
  // The inside of a package is not put on sys.path.
  add("src/deep/__init__.py", "");
  EXPECT_THAT(imports("import sys\nsys.path.insert(0, 'src/deep')\nimport own\n"),
              ElementsAre("own hubconf.py:3"));
}

TEST_F(ImportsTest, NeedAHubconf) {
  EXPECT_EQ(tests::failure_of([&] { find_imports(folder_.path()); }).code, errc::no_hubconf);
  EXPECT_EQ(tests::failure_of([&] { imports("def (\n"); }).code, errc::bad_hubconf);
  EXPECT_THAT(imports(""), IsEmpty());
}

}  // namespace
}  // namespace torchhub::python
