// SECURITY.md promises what tests try: each test that it names is there.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Security, NamesTestsThatAreThere) {
  const fs::path root = fs::canonical("WORKSPACE").parent_path();
  const std::string text = read(root / "SECURITY.md");
  // `tests/FILE: Test`, or `Test` of the file that was named last.
  const std::regex named(R"(`(?:(tests/[\w/]+\.cc): )?([A-Z]\w*[a-z]\w*)`)");
  std::string file;
  std::size_t count = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), named), end; match != end; ++match) {
    if ((*match)[1].matched) file = (*match)[1];
    ASSERT_NE(file, "") << (*match)[0];
    const std::regex test(R"(TEST(_F|_P)?\(\w+,\s*)" + (*match)[2].str() + R"(\))");
    EXPECT_TRUE(std::regex_search(read(root / file), test)) << file << ": " << (*match)[2];
    ++count;
  }
  EXPECT_GT(count, 30u);
}

}  // namespace
