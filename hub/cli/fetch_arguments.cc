#include <torchhub/hub/cli/fetch_arguments.h>
#include <torchhub/hub/cli/program.h>

#include <filesystem>
#include <fstream>
#include <istream>

namespace torchhub::cli {
namespace {

// `where` it stands, for a message.
net::Header header_of(const std::string& text, const std::string& where) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos || colon == 0) throw UsageError(where + " is not NAME: VALUE");
  const std::size_t begin = text.find_first_not_of(" \t", colon + 1);
  return {text.substr(0, colon), begin == text.npos ? std::string() : text.substr(begin)};
}

void add_lines(std::istream& lines, const std::string& name, std::vector<net::Header>& headers) {
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    headers.push_back(
        header_of(line, "line " + std::to_string(number) + " of " + name + ", for --header,"));
  }
  if (lines.bad()) throw UsageError("--header names " + name + ", which cannot be read");
}

}  // namespace

std::vector<net::Header> headers_of(const std::vector<std::string>& arguments,
                                    std::istream& standard_input) {
  std::vector<net::Header> headers;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "@-") {
      add_lines(standard_input, "standard input", headers);
    } else if (argument.starts_with('@')) {
      const std::string name = argument.substr(1);
      std::ifstream file(name, std::ios::binary);
      std::error_code absent;
      if (!file || std::filesystem::is_directory(name, absent))
        throw UsageError("--header names the file \"" + name + "\", which cannot be read");
      add_lines(file, name, headers);
    } else {
      headers.push_back(
          header_of(argument, "what --header number " + std::to_string(i + 1) + " is given"));
    }
  }
  return headers;
}

}  // namespace torchhub::cli
