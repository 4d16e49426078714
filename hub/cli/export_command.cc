#include <torchhub/hub/cli/export_command.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/stdout_on_stderr.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/hub/torch_dtype.h>

#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

// What stands for a size that may change: PyTorch takes 0 and 1 for special.
constexpr std::int64_t kAnySize = 2;

struct Input {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> dynamic;  // dimensions
  at::ScalarType type = at::kFloat;
};

// SHAPE:DTYPE, as ?x3x224x224:float32; nothing before the colon is a scalar.
Input parse_input(const std::string& text) {
  const auto refuse = [&](const std::string& why) {
    throw UsageError("--input " + text + ": " + why +
                     "; it is SHAPE:DTYPE, as 1x3x224x224:float32");
  };
  Input input;
  const std::size_t colon = text.find(':');
  const std::string shape = text.substr(0, colon);
  for (std::size_t at = 0; at < shape.size();) {
    const std::size_t end = std::min(shape.find_first_of("x,", at), shape.size());
    const std::string size = shape.substr(at, end - at);
    std::int64_t number = kAnySize;
    if (size == "?") {
      input.dynamic.push_back(static_cast<std::int64_t>(input.shape.size()));
    } else {
      const auto [last, error] = std::from_chars(size.data(), size.data() + size.size(), number);
      if (size.empty() || error != std::errc() || last != size.data() + size.size() || number < 0)
        refuse("'" + size + "' is no size");
    }
    input.shape.push_back(number);
    at = end + 1;
  }
  if (colon != text.npos) {
    const std::string name = text.substr(colon + 1);
    const auto dtype = archive::dtype_of_name(name);
    const auto type = dtype ? scalar_type_of(*dtype) : std::nullopt;
    if (!type) refuse("'" + name + "' is no dtype");
    input.type = *type;
  }
  return input;
}

json::array describe(const std::vector<at::Tensor>& tensors) {
  json::array described;
  for (const at::Tensor& tensor : tensors)
    described.push_back(
        json::object{{"dtype", name_of(tensor.scalar_type())},
                     {"shape", json::array(tensor.sizes().begin(), tensor.sizes().end())}});
  return described;
}

void print_shapes(const char* what, const std::vector<at::Tensor>& tensors) {
  for (const at::Tensor& tensor : tensors) {
    std::ostringstream text;
    text << what << name_of(tensor.scalar_type()) << "  "
         << archive::Shape(tensor.sizes().begin(), tensor.sizes().end());
    results() << terminal_line(text.str()) << "\n";
  }
}

}  // namespace

void run(const ExportArguments& arguments, const CommandLine& line) {
  const ParsedCall call(arguments.call);
  CompileOptions compile;
  compile.script(arguments.script).force(arguments.force);
  if (arguments.format)
    compile.format(*arguments.format == PackageFormat::torchscript ? ExportFormat::torchscript
                                                                   : ExportFormat::aot_inductor);
  std::vector<at::Tensor> inputs;
  for (const std::string& text : arguments.inputs) {
    const Input input = parse_input(text);
    for (const std::int64_t dimension : input.dynamic) compile.dynamic(inputs.size(), dimension);
    inputs.push_back(at::isFloatingType(input.type) ? at::rand(input.shape).to(input.type)
                                                    : at::zeros(input.shape, input.type));
  }

  std::vector<at::Tensor> outputs;
  const char* format = "";
  {
    const StdoutOnStderr redirected;
    const Model model = call.load(line).model;
    call.require_callable(model);
    // What is published is what predicts.
    if (model.parameter_count()) model.eval();
    model.export_to(arguments.output, inputs, compile);
    // What it writes is run once: it must do as a file, too.
    const ExportedModel exported = open_exported_model(arguments.output);
    outputs = exported.run(inputs);
    format = exported.format() == ExportFormat::torchscript ? "torchscript" : "aot_inductor";
  }

  const std::uint64_t bytes = std::filesystem::file_size(arguments.output);
  if (line.json) {
    const json::object document{{"file", json_text(arguments.output)},
                                {"bytes", bytes},
                                {"format", format},
                                {"inputs", describe(inputs)},
                                {"outputs", describe(outputs)}};
    results() << terminal_json(json::serialize(document)) << "\n";
    return;
  }
  results() << "file    " << terminal_line(arguments.output) << "\n"
            << "bytes   " << grouped(bytes) << "\n"
            << "format  " << terminal_line(format) << "\n";
  print_shapes("input   ", inputs);
  print_shapes("output  ", outputs);
}

}  // namespace torchhub::cli
