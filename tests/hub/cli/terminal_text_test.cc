#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <concepts>
#include <sstream>
#include <string>

namespace torchhub::cli {
namespace {

std::string text(std::string_view from) { return terminal_text(from).str(); }

TEST(TerminalText, HasNoControlCharacters) {
  EXPECT_EQ(text("a\x1b[2Jb\r\x7F"), "a\\x1b[2Jb\\x0d\\x7f");
  EXPECT_EQ(text("line\n\tt\xC3\xA9xt"), "line\n\tt\xC3\xA9xt");
  EXPECT_EQ(text(std::string_view("\0", 1)), "\\x00");
}

TEST(TerminalText, HasNoC1AsCharacterOrByte) {
  EXPECT_EQ(text("\u009b31m \u0080 \u009d0;t\u009c \u0085"),
            "\\u009b31m \\u0080 \\u009d0;t\\u009c \\u0085");
  EXPECT_EQ(text("\x9b"
                 "31m"),
            "\\x9b31m");
  EXPECT_EQ(text("\u00A0\u00AD"), "\u00A0\u00AD");
}

TEST(TerminalText, HasNothingThatTurnsTheOrderOfCharacters) {
  for (const char* turning :
       {"\u061C", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066",
        "\u2067", "\u2068", "\u2069", "\u2028", "\u2029"}) {
    const std::string shown = text(std::string("a") + turning + "b");
    EXPECT_EQ(shown.size(), std::string("a\\u202eb").size()) << shown;
    EXPECT_TRUE(shown.starts_with("a\\u")) << shown;
  }
  EXPECT_EQ(text("gnp.\u202Eexe"), "gnp.\\u202eexe");
  EXPECT_EQ(text("\U000E0001"), "\\udb40\\udc01");
}

TEST(TerminalText, HasNoBytesThatAreNotUtf8) {
  EXPECT_EQ(text("r\xE9sum\xE9"), "r\\xe9sum\\xe9");
  EXPECT_EQ(text("\xC2"), "\\xc2");
  EXPECT_EQ(text("\xC0\x9B"), "\\xc0\\x9b");           // an overlong ESC
  EXPECT_EQ(text("\xE0\x82\x9B"), "\\xe0\\x82\\x9b");  // an overlong CSI
  EXPECT_EQ(text("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(text("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(text("\xC3\x1b[m"), "\\xc3\\x1b[m");
}

TEST(TerminalText, LeavesWhatPeopleWrite) {
  const char* kept =
      "Gr\u00FC\u00DFe, \u4E2D\u6587, \u0627\u0644, \U0001F469\u200D\U0001F52C, a\\b \"c\"";
  EXPECT_EQ(text(kept), kept);
  EXPECT_EQ(terminal_line(kept).str(), kept);
}

TEST(TerminalLine, IsOne) { EXPECT_EQ(terminal_line("a\nb\tc").str(), "a\\x0ab\\x09c"); }

TEST(TerminalJson, MeansTheSame) {
  const std::string name = "a\u009b31m\u202E\x7F\x1b \U000E0001 \u00FC";
  const boost::json::value document = boost::json::object{{name, name}};
  const std::string shown = terminal_json(boost::json::serialize(document)).str();
  EXPECT_EQ(shown, R"({"a\u009b31m\u202e\u007f\u001b \udb40\udc01 )"
                   "\u00FC"
                   R"(":"a\u009b31m\u202e\u007f\u001b \udb40\udc01 )"
                   "\u00FC\"}");
  EXPECT_EQ(boost::json::parse(shown), document);
  EXPECT_EQ(terminal_json("{\n\t\"a\": \"\xE9\"}").str(), "{\n\t\"a\": \"\uFFFD\"}");
}

TEST(AsciiText, HasNothingElse) { EXPECT_EQ(ascii_text("ab\n\xC3\xA9"), "ab\\x0a\\xc3\\xa9"); }

template <class T>
concept Printable = requires(Printer& printer, T value) {
  printer << value;
};

// What may come from outside does not compile.
static_assert(Printable<TerminalText> && Printable<int> && Printable<double> &&
              Printable<const char (&)[4]>);
static_assert(!Printable<std::string> && !Printable<std::string_view> && !Printable<const char*> &&
              !Printable<char> && !Printable<char (&)[4]> && !Printable<bool>);
static_assert(!std::constructible_from<TerminalText, std::string> &&
              !std::constructible_from<TerminalText, std::string_view> &&
              !std::constructible_from<TerminalText, const char*>);

TEST(Printer, WritesTextAndNumbers) {
  std::ostringstream out;
  Printer(out) << "a " << 7 << " " << 0.5 << terminal_line("\x1b") << TerminalText::blanks(2) + "|";
  EXPECT_EQ(out.str(), "a 7 0.5\\x1b  |");
}

}  // namespace
}  // namespace torchhub::cli
