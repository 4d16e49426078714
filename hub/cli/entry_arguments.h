#ifndef TORCHHUB_HUB_CLI_ENTRY_ARGUMENTS_H_
#define TORCHHUB_HUB_CLI_ENTRY_ARGUMENTS_H_
// Arguments for an entry point, from the command line: pretrained=true 3 "x" [1,2].
//
// Pure. What parses as JSON is that value, integers of any size among them, anything else a string.
// NAME=VALUE, where NAME is a Python identifier, is a keyword argument.

#include <torchhub/python/arguments.h>

#include <string>
#include <vector>

namespace torchhub::cli {

/// Throws std::invalid_argument for a positional argument after a keyword one and for a keyword that is
/// given twice, as Python would.
python::Arguments parse_entry_arguments(const std::vector<std::string>& words);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_ENTRY_ARGUMENTS_H_
