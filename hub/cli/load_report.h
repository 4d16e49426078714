#ifndef TORCHHUB_HUB_CLI_LOAD_REPORT_H_
#define TORCHHUB_HUB_CLI_LOAD_REPORT_H_
// What `torchhub load` prints, here and of what a sandbox answered.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/repository.h>

#include <boost/json/object.hpp>

namespace torchhub::cli {

/// Prints result_json()'s fields and "output", an array of tensor_json()'s: as JSON, with the repository and the
/// entry point, or as lines. Throws std::exception, and prints nothing, where `told` is something else.
void print_load(const Repository& repository, const LoadArguments& arguments,
                const CommandLine& line, const boost::json::object& told);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LOAD_REPORT_H_
