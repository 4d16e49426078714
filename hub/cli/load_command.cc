#include <torchhub/hub/cli/entry_arguments.h>
#include <torchhub/hub/cli/json_number.h>
#include <torchhub/hub/cli/load_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/load.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_state_dict.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFirstValues = 10;

// While it lives, what anybody writes to stdout goes to stderr: results stay alone on stdout.
class StdoutOnStderr {
 public:
  StdoutOnStderr() : stdout_(dup(STDOUT_FILENO)) {
    std::cout.flush();
    dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  StdoutOnStderr(const StdoutOnStderr&) = delete;
  StdoutOnStderr& operator=(const StdoutOnStderr&) = delete;
  ~StdoutOnStderr() {
    std::cout.flush();
    dup2(stdout_, STDOUT_FILENO);
    close(stdout_);
  }

 private:
  int stdout_;
};

std::vector<at::Tensor> read_inputs(const std::string& path) {
  std::vector<at::Tensor> inputs;
  for (const auto& [name, tensor] : load_state_dict(path)) inputs.push_back(tensor);
  if (inputs.empty())
    throw Error(errc::not_a_tensor, path + ": holds no tensors to call the model with");
  return inputs;
}

// The tensor's first elements as numbers; none for complex ones, which JSON has no numbers for.
json::array first_values(const at::Tensor& tensor) {
  if (tensor.is_complex()) return {};
  const bool integral = at::isIntegralType(tensor.scalar_type(), /*includeBool=*/true);
  const at::Tensor first = tensor.detach()
                               .reshape({-1})
                               .slice(0, 0, kFirstValues)
                               .to(at::kCPU, integral ? at::kLong : at::kDouble)
                               .contiguous();
  json::array values;
  for (std::int64_t i = 0; i < first.numel(); ++i) {
    if (integral) {
      values.push_back(first.data_ptr<std::int64_t>()[i]);
    } else {
      values.push_back(json_number(first.data_ptr<double>()[i]));
    }
  }
  return values;
}

json::object to_json(const at::Tensor& tensor) {
  return {{"dtype", name_of(tensor.scalar_type())},
          {"shape", json::array(tensor.sizes().begin(), tensor.sizes().end())},
          {"values", first_values(tensor)}};
}

void print_tensor(const at::Tensor& tensor) {
  const archive::Shape shape(tensor.sizes().begin(), tensor.sizes().end());
  const json::array values = first_values(tensor);
  std::cout << "output      " << name_of(tensor.scalar_type()) << "  " << shape << "  [";
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::cout << (i > 0 ? ", " : "");
    if (const double* real = values[i].if_double()) {
      std::cout << *real;
    } else {
      std::cout << (values[i].is_string() ? std::string(values[i].as_string())
                                          : json::serialize(values[i]));
    }
  }
  std::cout << (static_cast<std::int64_t>(values.size()) < tensor.numel() ? ", ...]\n" : "]\n");
}

void print_summary(const Model& model) {
  std::cout << "type        " << terminal_text(model.type()) << '\n';
  if (const auto parameters = model.parameter_count())
    std::cout << "parameters  " << *parameters << '\n';
  if (const std::string device = model.device(); !device.empty())
    std::cout << "device      " << device << '\n';
  std::cout << "methods     ";
  const std::vector<std::string> methods = model.methods();
  for (std::size_t i = 0; i < methods.size(); ++i)
    std::cout << (i > 0 ? ", " : "") << terminal_text(methods[i]);
  std::cout << '\n';
}

}  // namespace

void run_load(const LoadArguments& arguments, const CommandLine& line) {
  const RepositoryArguments& repository = arguments.repository;
  const LoadOptions options =
      LoadOptions().fetch(fetch_options(repository)).trust_repo(trust_option(repository));
  const Arguments entry_arguments = parse_entry_arguments(arguments.arguments);
  const std::vector<at::Tensor> inputs =
      arguments.input.empty() ? std::vector<at::Tensor>() : read_inputs(arguments.input);

  std::optional<LoadedModel> loaded;
  std::vector<at::Tensor> outputs;
  {
    const StdoutOnStderr redirected;
    loaded = load_from_repository(repository.repo, arguments.entry, entry_arguments, options,
                                  make_context(line));
    if (!inputs.empty()) outputs = loaded->model.call(inputs);
    if (!arguments.script.empty()) loaded->model.save_script(arguments.script);
  }

  if (line.json) {
    json::object document{{"repo", repository_json(loaded->repository)},
                          {"entry", arguments.entry},
                          {"type", loaded->model.type()}};
    const auto parameters = loaded->model.parameter_count();
    document["parameters"] = parameters ? json::value(*parameters) : json::value(nullptr);
    json::array output;
    for (const at::Tensor& tensor : outputs) output.push_back(to_json(tensor));
    document["output"] = std::move(output);
    std::cout << json::serialize(document) << '\n';
  } else {
    print_summary(loaded->model);
    for (const at::Tensor& tensor : outputs) print_tensor(tensor);
  }
}

}  // namespace torchhub::cli
