// A repository rule pins a tree by hub/rules/tree_digest.sh, the cache by tree_digest(): they must agree.

#include <torchhub/cache/tree_digest.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace torchhub::tests {
namespace {

namespace fs = std::filesystem;

std::string script_digest(const fs::path& folder) {
  const Outcome result = run({"hub/rules/tree_digest.sh", folder.native()});
  EXPECT_EQ(result.status, 0) << result.err;
  return result.out.substr(0, result.out.find('\n'));
}

TEST(TreeDigestScript, SaysWhatTheCacheSays) {
  const TempFolder folder;
  const fs::path tree = folder.path();
  write_file(tree / "hubconf.py", "dependencies = []\n");
  write_file(tree / "package/__init__.py", "");
  write_file(tree / "package.d/a", "'.' comes before '/'");
  write_file(tree / "package/a name with spaces and\na line", "x");
  write_file(tree / "package/\xc3\xa9", "not ASCII");
  write_file(tree / "-r", "looks like an option");
  write_file(tree / "run.sh", "#!/bin/sh\n");
  fs::permissions(tree / "run.sh", fs::perms::owner_exec, fs::perm_options::add);
  fs::create_symlink("package/__init__.py", tree / "link");
  fs::create_symlink("nowhere", tree / "dangling");
  fs::create_directory_symlink("package", tree / "folder_link");
  write_file(tree / "package/__pycache__/hubconf.cpython-311.pyc", "not counted");
  write_file(tree / "hidden.pyc", "not counted");
  write_file(tree / "package/hidden.pyc", "not counted");
  fs::create_symlink("hidden.pyc", tree / "link.pyc");
  write_file(tree / "folder.pyc/counted", "");
  fs::create_directory_symlink("package", tree / "package.d/__pycache__");
  write_file(tree / "__pycache__x/counted", "");
  fs::create_directories(tree / "empty");

  EXPECT_EQ(script_digest(tree), cache::tree_digest(tree));
}

TEST(TreeDigestScript, TellsTreesApart) {
  const TempFolder one;
  const TempFolder other;
  write_file(one.path() / "run.sh", "");
  write_file(other.path() / "run.sh", "");
  EXPECT_EQ(script_digest(one.path()), script_digest(other.path()));
  fs::permissions(other.path() / "run.sh", fs::perms::owner_exec, fs::perm_options::add);
  EXPECT_NE(script_digest(one.path()), script_digest(other.path()));
}

}  // namespace
}  // namespace torchhub::tests
