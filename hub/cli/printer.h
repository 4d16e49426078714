#ifndef TORCHHUB_HUB_CLI_PRINTER_H_
#define TORCHHUB_HUB_CLI_PRINTER_H_
// Where the command prints, and what: text that is fit for a terminal, and numbers.
//
//   results() << grouped(bytes) << " bytes in " << terminal_line(path.string()) << "\n";
//
// A std::string does not compile: it may have come from anywhere. tests/floors_test.cc sees that nothing of
// hub/cli prints in another way.

#include <torchhub/hub/cli/terminal_text.h>

#include <concepts>
#include <filesystem>
#include <ostream>

namespace torchhub::cli {

template <class T>
concept Number = (std::integral<T> || std::floating_point<T>)&&!std::same_as<T, bool> &&
                 !std::same_as<T, char>;

class Printer {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}

  Printer& operator<<(const TerminalText& text) {
    out_ << text.str();
    return *this;
  }

  template <Number T>
  Printer& operator<<(T number) {
    out_ << number;
    return *this;
  }

  /// For `$(torchhub cache path ...)`: the path itself where no terminal shows it.
  Printer& print_path(const std::filesystem::path& path);

  void flush() { out_.flush(); }

 private:
  std::ostream& out_;
};

/// Standard output, for what was asked for.
Printer results();
/// Standard error, for everything else.
Printer notes();

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_PRINTER_H_
