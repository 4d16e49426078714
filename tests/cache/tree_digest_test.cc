#include <torchhub/cache/tree_digest.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <filesystem>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

class TreeDigestTest : public testing::Test {
 protected:
  TreeDigestTest() {
    tests::write_file(folder_ / "hubconf.py", "x = 1\n");
    tests::write_file(folder_ / "pkg/a.py", "a\n");
  }

  std::string digest() const { return tree_digest(folder_.path()); }

  tests::TempFolder folder_;
};

// printf 'hubconf.py\0-\0%s\npkg/a.py\0-\0%s\n' $(sha256sum ...) | sha256sum
TEST_F(TreeDigestTest, IsThatOfSortedLines) {
  EXPECT_EQ(digest(), "3e5227d5b700aa1d1946fa8e63c60b212cc47350263d819579c392cb1fece04a");
}

TEST_F(TreeDigestTest, SeesContentNamesModesAndLinks) {
  const std::string before = digest();
  tests::write_file(folder_ / "pkg/a.py", "b\n");
  const std::string changed = digest();
  EXPECT_NE(changed, before);
  fs::rename(folder_ / "pkg/a.py", folder_ / "pkg/b.py");
  const std::string renamed = digest();
  EXPECT_NE(renamed, changed);
  fs::permissions(folder_ / "pkg/b.py", fs::perms::owner_exec, fs::perm_options::add);
  const std::string executable = digest();
  EXPECT_NE(executable, renamed);
  fs::create_symlink("pkg/b.py", folder_ / "link");
  const std::string linked = digest();
  EXPECT_NE(linked, executable);
  fs::remove(folder_ / "link");
  fs::create_symlink("pkg", folder_ / "link");
  EXPECT_NE(digest(), linked);
}

TEST_F(TreeDigestTest, TakesNoNoticeOfWhatPythonCompiles) {
  const std::string before = digest();
  tests::write_file(folder_ / "__pycache__/hubconf.cpython-311.pyc", "compiled");
  tests::write_file(folder_ / "pkg/__pycache__/a.cpython-311.pyc", "compiled");
  EXPECT_EQ(digest(), before);
  remove_compiled_python(folder_.path());
  EXPECT_FALSE(fs::exists(folder_ / "__pycache__"));
  EXPECT_FALSE(fs::exists(folder_ / "pkg/__pycache__"));
  EXPECT_EQ(digest(), before);
}

// Python takes a .pyc for a module that has no source, and follows a link to a __pycache__.
TEST_F(TreeDigestTest, TakesNoNoticeOfCompiledFilesAnywhere) {
  const std::string before = digest();
  tests::write_file(folder_ / "hidden.pyc", "compiled");
  tests::write_file(folder_ / "pkg/deep/hidden.pyc", "compiled");
  fs::create_symlink("../hidden.pyc", folder_ / "pkg/link.pyc");
  fs::create_directory_symlink("..", folder_ / "pkg/__pycache__");
  tests::write_file(folder_ / "__pycache__", "a file of that name");
  EXPECT_EQ(digest(), before);
  tests::write_file(folder_ / "package.pyc/data.txt", "a folder of such a name is none");
  const std::string with_folder = digest();
  EXPECT_NE(with_folder, before);
  remove_compiled_python(folder_.path());
  EXPECT_FALSE(fs::exists(folder_ / "hidden.pyc"));
  EXPECT_FALSE(fs::exists(folder_ / "pkg/deep/hidden.pyc"));
  EXPECT_FALSE(fs::is_symlink(folder_ / "pkg/link.pyc"));
  EXPECT_FALSE(fs::is_symlink(folder_ / "pkg/__pycache__"));
  EXPECT_FALSE(fs::exists(folder_ / "__pycache__"));
  EXPECT_TRUE(fs::exists(folder_ / "hubconf.py"));
  EXPECT_EQ(digest(), with_folder);
}

}  // namespace
}  // namespace torchhub::cache
