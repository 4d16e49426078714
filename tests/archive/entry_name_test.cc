#include <torchhub/archive/entry_name.h>

#include <gtest/gtest.h>

#include <string>

namespace torchhub::archive {
namespace {

using namespace std::string_view_literals;

TEST(EntryName, MayBeAnOrdinaryPath) {
  for (const std::string_view name : {"a"sv, "a/b.py"sv, "a/"sv, "a..b"sv, "...a"sv, ".hidden"sv,
                                      "a b/c"sv, "\xC3\xA9"sv, "ab:c"sv}) {
    EXPECT_EQ(flaw_of_entry_name(name), nullptr) << name;
  }
}

TEST(EntryName, MayNotLeadElsewhere) {
  for (const std::string_view name :
       {""sv,       "/"sv,         "/a"sv,  "//a"sv,      ".."sv,   "../a"sv, "a/.."sv,
        "a/../b"sv, "a/../../b"sv, "./a"sv, "a/./b"sv,    "a//b"sv, "a//"sv,  "C:a"sv,
        "C:\\a"sv,  "c:/a"sv,      "\\a"sv, "a\\..\\b"sv, "a\0b"sv, "a\nb"sv, "a\x7F"sv}) {
    EXPECT_NE(flaw_of_entry_name(name), nullptr) << name;
  }
}

TEST(EntryName, IsUtf8) {
  for (const std::string_view name : {"\xFF"sv, "\xC3"sv, "\xC0\xAF"sv, "\xE0\x80\xAF"sv,
                                      "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "\x80"sv}) {
    EXPECT_NE(flaw_of_entry_name(name), nullptr);
  }
  EXPECT_EQ(flaw_of_entry_name("\xF0\x9F\x94\xA5"), nullptr);
}

TEST(EntryName, IsNotEndless) {
  EXPECT_EQ(flaw_of_entry_name(std::string(4096, 'a')), nullptr);
  EXPECT_NE(flaw_of_entry_name(std::string(4097, 'a')), nullptr);
}

}  // namespace
}  // namespace torchhub::archive
