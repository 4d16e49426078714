#ifndef TORCHHUB_HUB_CLI_TENSORS_H_
#define TORCHHUB_HUB_CLI_TENSORS_H_
// Tensors that the command reads and prints.

#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/torch_state_dict.h>

#include <ATen/core/Tensor.h>
#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace torchhub::cli {

/// A file's tensors by their names. Throws: errc::not_a_tensor where it has none.
StateDict read_named_inputs(const std::string& path);

/// {"dtype", "shape", "values"}, the last with the first few elements; and "name", where it has one.
boost::json::object tensor_json(const at::Tensor& tensor, const std::string& name = {});

/// A line with the same. Throws std::exception where `told` is not what tensor_json() makes.
void print_tensor(Printer out, const boost::json::object& told);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_TENSORS_H_
