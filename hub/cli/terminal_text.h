#ifndef TORCHHUB_HUB_CLI_TERMINAL_TEXT_H_
#define TORCHHUB_HUB_CLI_TERMINAL_TEXT_H_
// Text fit for a terminal: what a file, a server, a repository or another program wrote must not move the
// cursor, recolour the screen, or stand in another order than it was written in.
//
//   results() << "type  " << terminal_line(model.type()) << "\n";
//
// A type of its own, which is all that a Printer takes, so that the compiler finds who forgets.
// Pure. Source: ECMA-48 for the control characters, UAX #9 for the bidirectional ones; CVE-2003-0063 and
// CVE-2021-42574 for what they are used for.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::cli {

class TerminalText {
 public:
  TerminalText() = default;
  /// A literal, which is our own.
  template <std::size_t N>
  TerminalText(const char (&literal)[N]) : text_(literal, N - 1) {}
  template <std::size_t N>
  TerminalText(char (&)[N]) = delete;

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  /// In bytes.
  std::size_t size() const { return text_.size(); }

  TerminalText& operator+=(const TerminalText& other) {
    text_ += other.text_;
    return *this;
  }
  friend TerminalText operator+(TerminalText a, const TerminalText& b) { return a += b; }
  bool operator==(const TerminalText&) const = default;

  /// `count` blanks.
  static TerminalText blanks(std::size_t count) { return TerminalText(std::string(count, ' ')); }

 private:
  friend TerminalText terminal_text(std::string_view text);
  friend TerminalText terminal_line(std::string_view text);
  friend TerminalText terminal_json(std::string_view document);

  explicit TerminalText(std::string fit) : text_(std::move(fit)) {}

  std::string text_;
};

/// `text` with each control character but a line end and a tab, C0 and C1, and each bidirectional one
/// written out, as \x1b or \u202e; bytes that are not UTF-8 as \xNN.
TerminalText terminal_text(std::string_view text);

/// The same with line ends and tabs written out as well: a name in a table, a question, a message.
TerminalText terminal_line(std::string_view text);

/// A JSON document that means the same and holds no such characters; bytes that are not UTF-8 become
/// U+FFFD.
TerminalText terminal_json(std::string_view document);

/// `bytes` with everything but printable ASCII as \xNN.
std::string ascii_text(std::string_view bytes);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_TERMINAL_TEXT_H_
