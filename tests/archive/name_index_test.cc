#include <torchhub/archive/name_index.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::archive {
namespace {

using Inserted = std::pair<std::uint32_t, bool>;

TEST(NameIndex, KeepsTheFirstNumberOfAName) {
  NameIndex index;
  EXPECT_EQ(index.find("a"), std::nullopt);
  EXPECT_EQ(index.insert("a", 7), Inserted(7, true));
  EXPECT_EQ(index.insert("a", 8), Inserted(7, false));
  EXPECT_EQ(index.insert("b", 0), Inserted(0, true));
  EXPECT_EQ(index.find("a"), 7U);
  EXPECT_EQ(index.find("b"), 0U);
  EXPECT_EQ(index.find(""), std::nullopt);
}

TEST(NameIndex, TellsNamesApartByAllOfTheirBytes) {
  NameIndex index;
  std::vector<std::string> names = {"", std::string(1, '\0'), std::string(2, '\0'), "a", "aa"};
  // Hashed eight bytes at a time, and by what is left.
  for (const std::size_t size : {7, 8, 9, 15, 16, 17}) {
    names.push_back(std::string(size, 'x'));
    names.push_back(std::string(size - 1, 'x') + 'y');
    names.push_back('y' + std::string(size - 1, 'x'));
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(index.insert(names[i], static_cast<std::uint32_t>(i)),
              Inserted(static_cast<std::uint32_t>(i), true));
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(index.find(std::string(names[i])), static_cast<std::uint32_t>(i));
}

TEST(NameIndex, Grows) {
  for (const std::size_t expected : {std::size_t{0}, std::size_t{12}, std::size_t{5000}}) {
    NameIndex index(expected);
    std::vector<std::string> names;
    for (int i = 0; i < 5000; ++i) names.push_back("layers." + std::to_string(i) + ".weight");
    for (std::uint32_t i = 0; i < 5000; ++i) EXPECT_TRUE(index.insert(names[i], i).second);
    for (std::uint32_t i = 0; i < 5000; ++i) EXPECT_EQ(index.find(names[i]), i);
    EXPECT_EQ(index.find("layers.5000.weight"), std::nullopt);
  }
}

}  // namespace
}  // namespace torchhub::archive
