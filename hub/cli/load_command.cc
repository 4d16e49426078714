#include <torchhub/hub/cli/load_command.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/sandboxed_load.h>
#include <torchhub/hub/cli/stdout_on_stderr.h>
#include <torchhub/hub/cli/tensors.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

void print_summary(const Model& model) {
  results() << "type        " << terminal_line(model.type()) << "\n";
  if (const auto parameters = model.parameter_count())
    results() << "parameters  " << *parameters << "\n";
  if (const std::string device = model.device(); !device.empty())
    results() << "device      " << terminal_line(device) << "\n";
  results() << "methods     ";
  const std::vector<std::string> methods = model.methods();
  for (std::size_t i = 0; i < methods.size(); ++i)
    results() << terminal_line((i > 0 ? ", " : "") + methods[i]);
  results() << "\n";
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

void run_load(const LoadArguments& arguments, const CommandLine& line) {
  if (arguments.sandbox) return run_sandboxed_load(arguments, line);
  const ParsedCall call(arguments.call);
  const StateDict inputs =
      arguments.input.empty() ? StateDict() : read_named_inputs(arguments.input);

  std::optional<LoadedModel> loaded;
  std::vector<at::Tensor> outputs;
  {
    const StdoutOnStderr redirected;
    loaded = call.load(line);
    if (inputs.size() > 0) outputs = loaded->model.call(arguments_of(inputs));
    if (!arguments.script.empty())
      loaded->model.save_script(arguments.script, CompileOptions().force(arguments.force));
  }

  if (line.json) {
    json::object document{{"repo", repository_json(loaded->repository)},
                          {"entry", arguments.call.entry},
                          {"type", loaded->model.type()}};
    const auto parameters = loaded->model.parameter_count();
    document["parameters"] = parameters ? json::value(*parameters) : json::value(nullptr);
    json::array output;
    for (const at::Tensor& tensor : outputs) output.push_back(tensor_json(tensor));
    document["output"] = std::move(output);
    results() << terminal_json(json::serialize(document)) << "\n";
  } else {
    print_summary(loaded->model);
    for (const at::Tensor& tensor : outputs) print_tensor(tensor);
  }
}

}  // namespace torchhub::cli
