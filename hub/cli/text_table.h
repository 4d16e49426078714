#ifndef TORCHHUB_HUB_CLI_TEXT_TABLE_H_
#define TORCHHUB_HUB_CLI_TEXT_TABLE_H_
// Rows in columns, for people.

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace torchhub::cli {

/// 46827520 as "46 827 520".
std::string grouped(std::uint64_t number);

/// Rows of one length each, in columns two spaces apart; those numbered in `right_aligned` end in line.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                 const std::set<std::size_t>& right_aligned);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_TEXT_TABLE_H_
