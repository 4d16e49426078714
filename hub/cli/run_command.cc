#include <torchhub/hub/cli/model_call.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/run_command.h>
#include <torchhub/hub/cli/tensors.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/hub/torch_save.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <vector>

namespace torchhub::cli {

namespace json = boost::json;

void run(const RunArguments& arguments, const CommandLine& line) {
  const StateDict given = read_named_inputs(arguments.input);
  const ExportedModel model = open_exported_model(arguments.model);
  const std::string unchecked = model.unchecked();
  if (!unchecked.empty() && !line.quiet) notes() << terminal_line(unchecked) << "\n";
  const std::vector<at::Tensor> outputs = call_model(model, model.inputs_of(given));
  if (!arguments.output.empty()) {
    std::vector<std::pair<std::string, at::Tensor>> named;
    named.reserve(outputs.size());
    for (const at::Tensor& output : outputs)
      named.emplace_back(std::to_string(named.size()), output);
    save_state_dict(
        StateDict(std::move(named)), arguments.output, SaveFormat::by_name,
        arguments.force ? archive::ReadOnlyFile::replaced : archive::ReadOnlyFile::kept);
  }
  if (line.json) {
    json::array output;
    for (const at::Tensor& tensor : outputs) output.push_back(tensor_json(tensor));
    results() << terminal_json(json::serialize(json::object{{"output", std::move(output)}}))
              << "\n";
  } else {
    for (const at::Tensor& tensor : outputs) print_tensor(results(), tensor_json(tensor));
  }
}

}  // namespace torchhub::cli
