// What zipfile and unzip find in an archive, extract_zip() finds.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/extract.h>
#include <torchhub/cache/file_digest.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <filesystem>
#include <map>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::map<std::string, std::string> digests(const fs::path& root) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().lexically_relative(root);
    if (entry.is_directory()) {
      found[name + "/"] = "";
    } else {
      found[name] = cache::file_digest(entry.path());
    }
  }
  return found;
}

TEST(Zips, AreExtractedAsZipfileAndUnzipDo) {
  const tests::TempFolder folder;
  const tests::Outcome written = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/write_zips.py", folder.path(), "1000"});
  ASSERT_EQ(written.status, 0) << written.err;
  const json::value expected = json::parse(tests::read_file(folder / "expected.json"));
  // The two peers agree with each other, as a rule.
  ASSERT_GE(expected.as_object().size(), 950u);
  for (const auto& [name, files] : expected.as_object()) {
    SCOPED_TRACE(std::string(name));
    const archive::MappedFile zip(folder / std::string(name));
    const fs::path made = folder / "made";
    ASSERT_NO_THROW(archive::extract_zip(zip.view(), made));
    EXPECT_EQ(digests(made), (json::value_to<std::map<std::string, std::string>>(files)));
    fs::remove_all(made);
  }
}

}  // namespace
}  // namespace torchhub
