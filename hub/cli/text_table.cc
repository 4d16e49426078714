#include <torchhub/hub/cli/text_table.h>

#include <algorithm>
#include <string>

namespace torchhub::cli {

TerminalText grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return terminal_line(digits);
}

void print_table(Printer out, const std::vector<std::vector<TerminalText>>& rows,
                 const std::set<std::size_t>& right_aligned) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string room(widths[i] - row[i].size(), ' ');
      if (i > 0) line += "  ";
      line += right_aligned.contains(i) ? room + row[i].str() : row[i].str() + room;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << terminal_line(line) << "\n";
  }
}

}  // namespace torchhub::cli
