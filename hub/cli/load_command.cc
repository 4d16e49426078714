#include <torchhub/hub/cli/load_command.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/load_report.h>
#include <torchhub/hub/cli/result_view.h>
#include <torchhub/hub/cli/sandboxed_load.h>
#include <torchhub/hub/cli/stdout_on_stderr.h>
#include <torchhub/hub/cli/tensors.h>

#include <ATen/core/grad_mode.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

// As export has it: eval() and no gradients, unless the model is to be left as it came.
Output::Tensors outputs_of(const Model& model, const Arguments& inputs, bool train) {
  if (train) return model.call_by_name(inputs);
  if (model.parameter_count()) model.eval();
  const at::NoGradGuard no_gradients;
  return model.call_by_name(inputs);
}

// A dict's tensors by their names, as Python's model(**inputs); one alone, or a list's, by place.
Arguments arguments_of(const StateDict& given) {
  std::size_t place = 0;
  const bool has_places =
      given.size() == 1 || std::all_of(given.begin(), given.end(), [&](const auto& entry) {
        return entry.first == std::to_string(place++) || entry.first.find('.') != entry.first.npos;
      });
  Arguments arguments;
  for (const auto& [name, tensor] : given) {
    if (has_places) {
      arguments.positional(tensor_argument(tensor));
    } else {
      arguments.keyword(std::string(name), tensor_argument(tensor));
    }
  }
  return arguments;
}

}  // namespace

void run(const LoadArguments& arguments, const CommandLine& line) {
  if (arguments.sandbox) return run_sandboxed_load(arguments, line);
  const ParsedCall call(arguments.call);
  const StateDict inputs =
      arguments.input.empty() ? StateDict() : read_named_inputs(arguments.input);

  std::optional<LoadedModel> loaded;
  Output::Tensors outputs;
  {
    const StdoutOnStderr redirected;
    loaded = call.load(line);
    // Before the call below changes the model's mode.
    if (!arguments.script.empty())
      loaded->model.save_script(arguments.script, CompileOptions().force(arguments.force));
    if (inputs.size() > 0) {
      call.require_callable(loaded->model);
      outputs = outputs_of(loaded->model, arguments_of(inputs), arguments.train);
    }
  }

  json::object document = result_json(loaded->model);
  json::array output;
  for (const auto& [path, tensor] : outputs) output.push_back(tensor_json(tensor, path));
  document["output"] = std::move(output);
  print_load(loaded->repository, arguments, line, document);
}

}  // namespace torchhub::cli
