#ifndef TORCHHUB_HUB_CLI_ENTRY_ARGUMENTS_H_
#define TORCHHUB_HUB_CLI_ENTRY_ARGUMENTS_H_
// Arguments for an entry point, from the command line: pretrained=true 3 "x" [1,2].
//
// Pure. What parses as JSON is that value, integers of any size among them, anything else a string.
// NAME=VALUE, where NAME is a Python identifier, is a keyword argument.

#include <torchhub/python/arguments.h>

#include <functional>
#include <string>
#include <vector>

namespace torchhub::cli {

/// What Python calls an identifier in its own form (NFKC), "" for what is none. Asked about names that are not ASCII.
using Identifier = std::function<std::string(const std::string& name)>;

/// Whether there is a NAME=VALUE whose name is not ASCII: which of those are identifiers, Python knows.
bool needs_identifier(const std::vector<std::string>& words);

/// Throws std::invalid_argument for a positional argument after a keyword one and for a keyword that is
/// given twice, as Python would.
python::Arguments parse_entry_arguments(const std::vector<std::string>& words,
                                        const Identifier& identifier = nullptr);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_ENTRY_ARGUMENTS_H_
