#ifndef TORCHHUB_HUB_CLI_RESULT_VIEW_H_
#define TORCHHUB_HUB_CLI_RESULT_VIEW_H_
// What load shows of what an entry point returned, whatever it is.

#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/torch_model.h>

#include <boost/json/object.hpp>

namespace torchhub::cli {

/// Model::summary(): "type", "parameters" (null where it is no module), and what else there is of "value",
/// "dtype", "shape", "signature", "docstring", "length" and "elements", or of other objects "methods"; "device" where
/// it has one. An integer beyond 64 bits is a string.
boost::json::object result_json(const Model& model);

/// The same as lines. Throws std::exception where `told` is not what result_json() makes.
void print_result(Printer out, const boost::json::object& told);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_RESULT_VIEW_H_
