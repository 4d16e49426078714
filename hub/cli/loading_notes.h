#ifndef TORCHHUB_HUB_CLI_LOADING_NOTES_H_
#define TORCHHUB_HUB_CLI_LOADING_NOTES_H_
// What list and help tell of a repository that they could read and that load would refuse.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/python/entry_point.h>

#include <string_view>

namespace torchhub::cli {

/// A line on standard error where a dependency is missing, and one where importing hubconf.py is known
/// to fail; none with --quiet.
void print_loading_notes(std::string_view repo, const python::Listing& listing,
                         const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LOADING_NOTES_H_
