#include <torchhub/cache/hash_prefix.h>

#include <gtest/gtest.h>

namespace torchhub::cache {
namespace {

TEST(HashPrefix, IsFoundInAName) {
  EXPECT_EQ(hash_prefix_of_name("resnet18-f37072fd.pth"), "f37072fd");
  EXPECT_EQ(hash_prefix_of_name("vit_b-16-ab12cd34.pth"), "ab12cd34");
  EXPECT_EQ(hash_prefix_of_name("x-1234abcd.tar.gz"), "1234abcd");
  EXPECT_EQ(hash_prefix_of_name("m-" + std::string(64, 'a') + ".pt"), std::string(64, 'a'));
}

TEST(HashPrefix, IsTheLastOneAndInAnyCase) {
  // torch.hub checks these two against "1" and not at all.
  EXPECT_EQ(hash_prefix_of_name("v-1.0-abcdef12.pt"), "abcdef12");
  EXPECT_EQ(hash_prefix_of_name("m-DEADBEEF.pt"), "deadbeef");
  EXPECT_EQ(hash_prefix_of_name("x-11111111.y-22222222.pt"), "22222222");
}

TEST(HashPrefix, IsNotInOtherNames) {
  for (const char* name : {"", "weights.pth", "weights-.pth", "a-1234567.pth", "x-abcg1234.pt",
                           "x_abcd1234.pth", "m-5c106cde"}) {
    EXPECT_EQ(hash_prefix_of_name(name), std::nullopt) << name;
  }
  EXPECT_EQ(hash_prefix_of_name("m-" + std::string(65, 'a') + ".pt"), std::nullopt);
}

TEST(HashPrefix, IsParsed) {
  EXPECT_EQ(parse_hash_prefix("F37072fd").value(), "f37072fd");
  EXPECT_EQ(parse_hash_prefix("f").value(), "f");
  for (const std::string& text :
       {std::string(), std::string("f37072fg"), std::string("0x12"), std::string(65, 'a')}) {
    EXPECT_EQ(parse_hash_prefix(text).error(), errc::bad_hash) << text;
  }
}

TEST(HashPrefix, IsCompared) {
  EXPECT_TRUE(begins_with_hash("abcdef", "abc"));
  EXPECT_TRUE(begins_with_hash("abcdef", ""));
  EXPECT_FALSE(begins_with_hash("abcdef", "abd"));
  EXPECT_FALSE(begins_with_hash("abc", "abcdef"));
}

}  // namespace
}  // namespace torchhub::cache
