#ifndef TORCHHUB_HUB_CLI_FETCH_ARGUMENTS_H_
#define TORCHHUB_HUB_CLI_FETCH_ARGUMENTS_H_
// What the options of FetchArguments mean.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/net/response_head.h>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::cli {

/// The headers that --header names, in order: "NAME: VALUE", "@FILE" for one on each line of a file, empty
/// lines left out, and "@-" for those of `standard_input`, which is read to its end.
/// Throws: UsageError, which shows nothing of a header: it may be a secret.
std::vector<net::Header> headers_of(const std::vector<std::string>& arguments,
                                    std::istream& standard_input);

/// Bytes, of which none mean no limit.
constexpr std::uint64_t limit_of(std::uint64_t max_size) {
  return max_size > 0 ? max_size : std::numeric_limits<std::uint64_t>::max();
}

/// Sets on `options`, of a download, what the user chose.
template <class Options>
void apply(const FetchArguments& arguments, const std::vector<net::Header>& headers,
           Options& options) {
  for (const net::Header& header : headers) options.header(header.name, header.value);
  options.max_bytes(limit_of(arguments.max_size));
  if (arguments.deadline > 0) options.deadline(std::chrono::seconds(arguments.deadline));
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_FETCH_ARGUMENTS_H_
