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

TEST(EntryName, MayBeAnyFilesOnLinux) {
  for (const std::string_view name : {"a"sv,      "a/"sv,        "dev-disk-by\\x2dlabel.swap"sv,
                                      "\\"sv,     "a\\..\\b"sv,  "C:\\a"sv,
                                      "c:/a"sv,   "Icon\r"sv,    "a\tb"sv,
                                      "a\nb/c"sv, "a\x1B[2Jb"sv, "\x01"sv,
                                      "a\x7F"sv,  "\xC2\x9B"sv,  "\xE2\x80\xAE"sv,
                                      "\x95\\"sv, "\xFF"sv,      " "sv,
                                      "~"sv,      "-r"sv}) {
    EXPECT_EQ(flaw_of_linux_name(name), nullptr) << name;
  }
  for (const std::string_view name :
       {""sv, "/"sv, "/a"sv, ".."sv, "../a"sv, "a/.."sv, "a/../b"sv, "a\n/../b"sv, "./a"sv,
        "a/./b"sv, "a//b"sv, "a\0b"sv, "\0"sv, "a/b\0"sv, "\xE9/../\xE9"sv}) {
    EXPECT_NE(flaw_of_linux_name(name), nullptr) << name;
  }
  EXPECT_NE(flaw_of_linux_name(std::string(4097, 'a')), nullptr);
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
