#include <torchhub/hub/cli/terminal_text.h>

#include <gtest/gtest.h>

namespace torchhub::cli {
namespace {

TEST(TerminalText, HasNoControlCharacters) {
  EXPECT_EQ(terminal_text("a\x1b[2Jb\r\x7F"), "a\\x1b[2Jb\\x0d\\x7f");
  EXPECT_EQ(terminal_text("line\n\tt\xC3\xA9xt"), "line\n\tt\xC3\xA9xt");
  EXPECT_EQ(terminal_text(std::string_view("\0", 1)), "\\x00");
}

TEST(AsciiText, HasNothingElse) { EXPECT_EQ(ascii_text("ab\n\xC3\xA9"), "ab\\x0a\\xc3\\xa9"); }

}  // namespace
}  // namespace torchhub::cli
