#ifndef TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
#define TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
// A finished file's bytes on standard output, for a pipe.

#include <cstdio>
#include <filesystem>
#include <memory>

namespace torchhub::cli {

/// Throws UsageError where standard output is a terminal: bytes of others are not for one.
void require_no_terminal();

using OpenFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// The file at `path`, to read: its name may go before it is copied. Throws: the system's code.
OpenFile open_file(const std::filesystem::path& path);

/// Copies all of `file` to the standard output, for as long as whoever reads there takes; a signal ends
/// the process. Throws: the system's code.
void copy_to_standard_output(const OpenFile& file);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
