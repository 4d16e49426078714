#ifndef TORCHHUB_HUB_CLI_TEXT_TABLE_H_
#define TORCHHUB_HUB_CLI_TEXT_TABLE_H_
// Rows in columns, for people.

#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace torchhub::cli {

/// 46827520 as "46 827 520".
TerminalText grouped(std::uint64_t number);

/// Rows of one length each, in columns two spaces apart; those numbered in `right_aligned` end in line.
void print_table(Printer out, const std::vector<std::vector<TerminalText>>& rows,
                 const std::set<std::size_t>& right_aligned);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_TEXT_TABLE_H_
