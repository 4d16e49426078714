#ifndef TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
#define TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
// A finished file's bytes on standard output, for a pipe.
//
//   write_to_standard_output(line, "out.safetensors", [&](const auto& path) { convert(path); });

#include <torchhub/hub/cli/command_line.h>

#include <filesystem>
#include <functional>

namespace torchhub::cli {

/// Lets `write` make a file called `name`, in a folder of its own, and copies it to the standard output when all of
/// it is there: what a pipe has got cannot be taken back. It is copied for as long as whoever reads there takes; a
/// signal ends the process, by when nothing is left to remove.
/// Throws: UsageError for --json, and where standard output is a terminal; what `write` throws; the system's code.
void write_to_standard_output(const CommandLine& line, const char* name,
                              const std::function<void(const std::filesystem::path&)>& write);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STANDARD_OUTPUT_H_
