#include <torchhub/archive/long_integer.h>

#include <gtest/gtest.h>

namespace torchhub::archive {
namespace {

using namespace std::string_literals;

TEST(LongInteger, IsWrittenInDecimal) {
  EXPECT_EQ(integer_text(""), "0");
  EXPECT_EQ(integer_text("\0"s), "0");
  EXPECT_EQ(integer_text("\x7f"), "127");
  EXPECT_EQ(integer_text("\x80"), "-128");
  EXPECT_EQ(integer_text("\xff\xff"), "-1");
  EXPECT_EQ(shortest_integer(""), "");
  EXPECT_EQ(shortest_integer("\0\0"s), "\0"s);
  EXPECT_EQ(shortest_integer("\xff\xff\xff"), "\xff");
  EXPECT_EQ(shortest_integer("\x80\0"s), "\x80\0"s);
  EXPECT_EQ(shortest_integer("\x7f\0\0"s), "\x7f");
  EXPECT_EQ(shortest_integer("\x7f\xff"), "\x7f\xff");
  EXPECT_EQ(integer_text("\0\x94\x35\x77\0"s), "2000000000");
  EXPECT_EQ(integer_text(std::string(8, '\0') + "\1"), "18446744073709551616");
  EXPECT_EQ(integer_text(std::string(8, '\xff') + "\0"s), "18446744073709551615");
  EXPECT_EQ(integer_text(std::string(8, '\0') + "\xff"), "-18446744073709551616");
  EXPECT_EQ(integer_text("\x13\x32\x54\x76\x98\xba\xdc\xfe\x12\x01"), "5072772634740910207507");
}

TEST(LongInteger, IsReadFromDecimal) {
  EXPECT_EQ(integer_of_text("0"), "\0"s);
  EXPECT_EQ(integer_of_text("-0"), "\0"s);
  EXPECT_EQ(integer_of_text("127"), "\x7f"s);
  EXPECT_EQ(integer_of_text("128"), "\x80\0"s);
  EXPECT_EQ(integer_of_text("-128"), "\x80"s);
  EXPECT_EQ(integer_of_text("-129"), "\x7f\xff"s);
  EXPECT_EQ(integer_of_text("18446744073709551616"), std::string(8, '\0') + "\1");
  EXPECT_EQ(integer_of_text("119547037146038801333356"), "l\xFC\x9C\x46\xF9 j\xA8P\x19"s);
  for (const char* text : {"", "-", "--1", "+1", " 1", "1 ", "0x1", "1_000", "1L", "1.0", "1e3"})
    EXPECT_FALSE(integer_of_text(text)) << text;
  EXPECT_TRUE(integer_of_text(std::string(kMostDecimalDigits, '9')));
  EXPECT_FALSE(integer_of_text(std::string(kMostDecimalDigits + 1, '9')));
}

TEST(LongInteger, IsTheSameThereAndBack) {
  std::string digits = "1";
  for (int i = 1; i < 400; ++i) {
    digits += static_cast<char>('0' + i * 7 % 10);
    for (const std::string& text : {digits, "-" + digits, "1" + std::string(digits.size(), '0')})
      EXPECT_EQ(integer_text(integer_of_text(text).value()), text);
  }
}

TEST(LongInteger, IsWrittenInHexadecimalWhereDecimalTakesLong) {
  EXPECT_EQ(integer_text(std::string(2048, '\0') + "\1"), "0x1" + std::string(4096, '0'));
  EXPECT_EQ(integer_text(std::string(2048, '\0') + "\xff"), "-0x1" + std::string(4096, '0'));
  EXPECT_EQ(integer_text("\5"s + std::string(2999, '\0')), "0x5");
  EXPECT_EQ(integer_text(std::string(3000, '\0')), "0x0");
}

}  // namespace
}  // namespace torchhub::archive
