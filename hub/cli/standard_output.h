#ifndef TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
#define TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
// A finished file's bytes on standard output, for a pipe.

#include <filesystem>

namespace torchhub::cli {

/// Throws UsageError where standard output is a terminal: bytes of others are not for one.
void require_no_terminal();

/// Moves the bytes of the file at `path`, which is gone afterwards, to standard output. Signals have
/// their usual effect meanwhile, and nothing is left behind. Throws: the system's code.
void move_to_standard_output(const std::filesystem::path& path);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
