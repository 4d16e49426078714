#include <torchhub/hub/cli/printer.h>

#include <unistd.h>

#include <iostream>

namespace torchhub::cli {

Printer& Printer::print_path(const std::filesystem::path& path) {
  if (isatty(STDOUT_FILENO)) return *this << terminal_line(path.string());
  out_ << path.string();
  return *this;
}

Printer results() { return Printer(std::cout); }
Printer notes() { return Printer(std::cerr); }

}  // namespace torchhub::cli
