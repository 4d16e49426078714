#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>
#include <torchhub/hub/detail/elf_file.h>
#include <torchhub/hub/detail/input_leaves.h>
#include <torchhub/hub/detail/libtorch_reason.h>
#include <torchhub/hub/detail/model_inputs.h>
#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/detail/torch_fitted_inputs.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/hub/trust.h>

#include <ATen/core/function_schema.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <c10/core/Device.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#if TORCHHUB_TORCH_HAS_PACKAGES
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#endif

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

namespace torchhub {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_libtorch(const std::string& what, const std::exception& error) {
  const auto* const from_torch = dynamic_cast<const c10::Error*>(&error);
  const std::string_view reason =
      detail::libtorch_reason(from_torch ? from_torch->what_without_backtrace() : error.what());
  throw Error(errc::libtorch, what + ": " + std::string(reason));
}

// A bound on texts inside a package; a larger one tells nothing.
constexpr std::uint64_t kMaxTextBytes = std::uint64_t{64} << 20;

// The model's name that AOTIModelPackageLoader takes where none is named.
constexpr std::string_view kPackageFolder = "data/aotinductor/model/";

struct Contents {
  ExportFormat format = ExportFormat::torchscript;
  std::optional<detail::ModelInputs> inputs;
  std::string device = "cpu";
  std::string unchecked;
};

class Archive {
 public:
  explicit Archive(const fs::path& path) : path_(path.string()), file_(path) {
    auto directory = archive::read_zip_directory(file_.view());
    if (!directory)
      throw archive::Error(directory.error().code, path_ + ": " + directory.error().what);
    directory_ = std::move(*directory);
  }

  // LibTorch unpacks a package into a folder; the archive's reader has refused names that lead out of it.
  Contents read() const {
    Contents contents;
    if (holds([](std::string_view name) { return name.find("/code/") != name.npos; }) &&
        holds([](std::string_view name) { return name.ends_with("/constants.pkl"); }))
      return contents;
    if (!holds([](std::string_view name) {
          return name.find("data/aotinductor/") != name.npos && name.ends_with(".so");
        }))
      refuse();
    contents.format = ExportFormat::aot_inductor;
    check_libraries();
    read_inputs(contents);
    if (!contents.inputs) {
      contents.unchecked = "how many inputs it takes, and what they must be";
    } else {
      contents.unchecked = contents.inputs->untold;
      for (detail::WantedTensor& input : contents.inputs->inputs)
        if (input.device.empty()) input.device = contents.device;
    }
    return contents;
  }

 private:
  template <class Matches>
  bool holds(Matches matches) const {
    return std::any_of(directory_.entries.begin(), directory_.entries.end(),
                       [&](const archive::ZipEntry& entry) { return matches(entry.name); });
  }

  [[noreturn]] void refuse() const {
    const bool is_program = holds([](std::string_view name) {
      return name.ends_with("archive_format") || name.ends_with("/models/model.json");
    });
    throw Error(errc::not_exported,
                path_ + (is_program ? ": is an exported program that was not compiled"
                                    : ": is neither a compiled package nor TorchScript"));
  }

  // What LibTorch will hand to the dynamic loader.
  void check_libraries() const {
    for (const archive::ZipEntry& entry : directory_.entries) {
      if (!entry.name.ends_with(".so")) continue;
      std::vector<std::byte> inflated;
      if (entry.deflated) inflated = archive::read_entry(file_.view(), entry, entry.size);
      const char* const flaw = detail::elf_flaw(
          entry.deflated ? std::span<const std::byte>(inflated) : raw_bytes(file_.view(), entry));
      if (flaw)
        throw Error(errc::not_exported,
                    path_ + ": its library " + std::string(entry.name) + " " + flaw);
    }
  }

  // Calls `use` with the text of each such entry, until it says that this was it.
  template <class Matches, class Use>
  bool find_text(Matches matches, Use use) const {
    return std::any_of(
        directory_.entries.begin(), directory_.entries.end(), [&](const archive::ZipEntry& entry) {
          if (!matches(entry.name) || entry.size > kMaxTextBytes) return false;
          const std::vector<std::byte> bytes =
              archive::read_entry(file_.view(), entry, kMaxTextBytes);
          return use(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        });
  }

  static bool is_in_package(std::string_view name, std::string_view ending) {
    return name.find(kPackageFolder) != name.npos && name.ends_with(ending);
  }

  void read_inputs(Contents& contents) const {
    const auto take = [&](detail::ReadInputs read) {
      if (read) contents.inputs = std::move(*read);
      return static_cast<bool>(contents.inputs);
    };
    std::optional<std::string> record;
    find_text([](std::string_view name) { return is_in_package(name, "_metadata.json"); },
              [&](std::string_view text) {
                boost::system::error_code error;
                const boost::json::value document = boost::json::parse(text, error);
                const boost::json::object* const metadata = document.if_object();
                if (error || !metadata) return false;
                const auto text_of = [&](const char* key) {
                  const boost::json::value* const value = metadata->if_contains(key);
                  return value && value->is_string()
                             ? std::optional<std::string>(value->get_string())
                             : std::nullopt;
                };
                contents.device = text_of("AOTI_DEVICE_KEY").value_or(contents.device);
                record = text_of("torchhub_inputs");
                return record.has_value();
              });
    if (record) {
      detail::ReadInputs read = detail::read_inputs_record(*record);
      if (!read)
        throw Error(errc::not_exported,
                    path_ + ": its record of what inputs it takes is damaged: " + read.error());
      take(std::move(read));
      return;
    }
    find_text([](std::string_view name) { return name.ends_with("models/model.json"); },
              [&](std::string_view text) { return take(detail::read_program_inputs(text)); }) ||
        find_text([](std::string_view name) { return is_in_package(name, ".cpp"); },
                  [&](std::string_view text) { return take(detail::read_source_inputs(text)); });
  }

  std::string path_;
  archive::MappedFile file_;
  archive::ZipDirectory directory_;
};

torch::jit::Module load_script(const fs::path& path) {
  try {
    torch::jit::Module module = torch::jit::load(path.string());
    module.eval();
    return module;
  } catch (const std::exception& error) {
    throw_libtorch(path.string() + ": LibTorch cannot load it", error);
  }
}

void collect_tensors(const c10::IValue& value, std::vector<at::Tensor>& tensors) {
  if (value.isTensor()) {
    tensors.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const c10::IValue& item : value.toTupleRef().elements()) collect_tensors(item, tensors);
  } else if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) collect_tensors(item, tensors);
  } else if (value.isGenericDict()) {
    for (const auto& item : value.toGenericDict()) collect_tensors(item.value(), tensors);
  } else if (!value.isNone()) {
    throw Error(errc::not_a_tensor,
                "the model returned a " + value.type()->str() + ", not a tensor");
  }
}

// What forward() takes, by its schema, which names types and no more: sizes and dtypes are LibTorch's own to check.
void check_script_inputs(const torch::jit::Module& module, const std::vector<at::Tensor>& inputs,
                         const std::string& name) {
  const auto refuse = [&](const std::string& what) {
    throw Error(errc::input_mismatch, name + ": " + what);
  };
  const auto forward = module.find_method("forward");
  if (!forward) refuse("has no method forward to call");
  // The first is the module.
  const std::vector<c10::Argument>& schema = forward->function().getSchema().arguments();
  std::size_t wanted = 0;
  for (std::size_t i = 1; i < schema.size(); ++i) {
    const bool is_given = i <= inputs.size() && !schema[i].kwarg_only();
    const std::string described = schema[i].type()->str() + " '" + schema[i].name() + "'";
    if (is_given && !c10::TensorType::get()->isSubtypeOf(*schema[i].type()))
      refuse("input " + std::to_string(i - 1) + " is a tensor, and " + described + " is wanted");
    if (!is_given && !schema[i].default_value())
      refuse("input " + std::to_string(i - 1) + " is missing: " + described);
    if (!schema[i].kwarg_only()) ++wanted;
  }
  if (inputs.size() > wanted)
    refuse("takes " + std::to_string(wanted) + (wanted == 1 ? " input, not " : " inputs, not ") +
           std::to_string(inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].defined()) refuse("input " + std::to_string(i) + " is no tensor");
}

// What else a file holds than tensors, by its path.
class OtherValues {
 public:
  std::vector<detail::GivenInput> collect(const archive::Value& root) {
    visit(root, "", 0);
    // Of safetensors: notes on the tensors, which lie elsewhere.
    if (!holds_tensors_) others_.clear();
    return std::move(others_);
  }

 private:
  using Kind = archive::Value::Kind;
  static constexpr std::size_t kMaxDepth = 64;
  static constexpr std::size_t kMaxValues = 100'000;

  void visit(const archive::Value& value, const std::string& path, std::size_t depth) {
    if (depth == kMaxDepth || ++seen_ == kMaxValues) add(path, "more than is looked through");
    if (depth == kMaxDepth || seen_ >= kMaxValues) return;
    const auto below = [&](const std::string& name) {
      return path.empty() ? name : path + "." + name;
    };
    switch (value.kind()) {
      case Kind::tensor:
        holds_tensors_ = true;
        return;
      case Kind::list:
      case Kind::tuple:
        for (std::size_t i = 0; i < value.items().size(); ++i)
          visit(value.items()[i], below(std::to_string(i)), depth + 1);
        return;
      case Kind::dict:
        for (const auto& [key, item] : value.entries())
          visit(item, below(key_name(key)), depth + 1);
        return;
      default:
        return add(path, text_of(value));
    }
  }

  void add(const std::string& path, std::string text) {
    others_.push_back({path, false, std::move(text)});
  }

  static std::string key_name(const archive::Value& key) {
    if (key.kind() == Kind::string) return std::string(key.string());
    if (key.kind() == Kind::integer) return std::to_string(key.integer());
    return "<key>";
  }

  static std::string text_of(const archive::Value& value) {
    constexpr std::size_t kLongest = 64;
    switch (value.kind()) {
      case Kind::none:
        return "null";
      case Kind::boolean:
        return value.boolean() ? "true" : "false";
      case Kind::integer:
        return std::to_string(value.integer());
      case Kind::real:
        return boost::json::serialize(boost::json::value(value.real()));
      case Kind::string:
        if (value.string().size() > kLongest) return "a text";
        return boost::json::serialize(boost::json::string(value.string()));
      case Kind::named:
        return std::string(value.string());
      case Kind::array:
        return "an array of numpy";
      case Kind::storage:
        return "a bare storage";
      default:
        return "something else than a tensor";
    }
  }

  std::vector<detail::GivenInput> others_;
  std::size_t seen_ = 0;
  bool holds_tensors_ = false;
};

// By the names that the schema of forward() has.
std::vector<detail::InputLeaf> script_leaves(const torch::jit::Module& module) {
  const auto forward = module.find_method("forward");
  if (!forward) return {};
  const std::vector<c10::Argument>& schema = forward->function().getSchema().arguments();
  std::vector<detail::InputLeaf> leaves;
  for (std::size_t i = 1; i < schema.size(); ++i)
    if (!schema[i].kwarg_only())
      leaves.push_back({{std::to_string(i - 1), schema[i].name()},
                        std::nullopt,
                        schema[i].default_value().has_value()});
  return leaves;
}

// The device of its kind that a package is opened for.
c10::DeviceIndex current_index(const std::string& device) {
  const c10::DeviceType type = c10::Device(device).type();
  if (type == c10::DeviceType::CPU || !c10::impl::hasDeviceGuardImpl(type)) return 0;
  return c10::impl::VirtualGuardImpl(type).getDevice().index();
}

}  // namespace

struct ExportedModel::Implementation {
  std::string name;  ///< for messages
  std::optional<detail::ModelInputs> inputs;
  c10::DeviceIndex device_index = 0;
  std::string unchecked;
#if TORCHHUB_TORCH_HAS_PACKAGES
  std::optional<torch::inductor::AOTIModelPackageLoader> package;
#endif
  std::optional<torch::jit::Module> script;
};

ExportFormat ExportedModel::format() const {
  return implementation_->script ? ExportFormat::torchscript : ExportFormat::aot_inductor;
}

std::vector<at::Tensor> ExportedModel::run(const std::vector<at::Tensor>& inputs) const {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> outputs;
  try {
#if TORCHHUB_TORCH_HAS_PACKAGES
    if (implementation_->package) {
      detail::ModelInputs untold;
      untold.inputs.resize(inputs.size());
      detail::FittedInputs fitted =
          detail::fit_inputs(implementation_->inputs.value_or(untold), inputs,
                             implementation_->device_index, implementation_->name);
      if (fitted.outputs) return std::move(*fitted.outputs);
      return implementation_->package->run(fitted.inputs);
    }
#endif
    check_script_inputs(*implementation_->script, inputs, implementation_->name);
    collect_tensors(implementation_->script->forward({inputs.begin(), inputs.end()}), outputs);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw_libtorch("calling the model", error);
  }
  return outputs;
}

std::vector<at::Tensor> ExportedModel::inputs_of(const StateDict& given) const {
  std::vector<detail::GivenInput> values;
  for (const auto& [name, tensor] : given) values.push_back({std::string(name), true, ""});
  const std::vector<detail::GivenInput> others = OtherValues().collect(given.values());
  values.insert(values.end(), others.begin(), others.end());
  std::vector<detail::InputLeaf> leaves;
  std::size_t tensors = 0;
  if (implementation_->script) {
    leaves = script_leaves(*implementation_->script);
    tensors = leaves.size();
  } else {
    const auto& told = implementation_->inputs;
    tensors = told ? told->inputs.size() : given.size();
    leaves = told && told->leaves ? *told->leaves : detail::leaves_by_place(tensors);
  }
  const detail::PlacedInputs placed = detail::place_inputs(leaves, tensors, values);
  if (!placed) throw Error(errc::input_mismatch, implementation_->name + ": " + placed.error());
  std::vector<at::Tensor> inputs;
  for (const std::size_t place : *placed) inputs.push_back(given.begin()[place].second);
  return inputs;
}

std::string ExportedModel::unchecked() const {
  if (implementation_->unchecked.empty()) return "";
  return implementation_->name + ": does not tell " + implementation_->unchecked +
         ", so that this is not checked";
}

at::Tensor ExportedModel::forward(const at::Tensor& input) const {
  std::vector<at::Tensor> outputs = run({input});
  if (outputs.size() != 1)
    throw Error(errc::not_a_tensor, "the model returned " + std::to_string(outputs.size()) +
                                        " tensors where one was wanted");
  return std::move(outputs.front());
}

ExportedModel open_exported_model(const fs::path& path) {
  auto implementation = std::make_shared<ExportedModel::Implementation>();
  Contents contents = Archive(path).read();
  implementation->name = path.string();
  if (contents.format == ExportFormat::torchscript) {
    implementation->script = load_script(path);
    return ExportedModel(std::move(implementation));
  }
#if TORCHHUB_TORCH_HAS_PACKAGES
  try {
    implementation->package.emplace(path.string());
    implementation->device_index = current_index(contents.device);
  } catch (const std::exception& error) {
    throw_libtorch(path.string() + ": LibTorch cannot load it", error);
  }
  implementation->inputs = std::move(contents.inputs);
  implementation->unchecked = std::move(contents.unchecked);
  return ExportedModel(std::move(implementation));
#else
  throw Error(errc::not_exported, path.string() + ": is a compiled package, which LibTorch " +
                                      std::string(TORCH_VERSION) + " does not run");
#endif
}

torch::jit::Module load_script_from_url(std::string_view url, const RunnableFileOptions& options,
                                        const Context& context) {
  TrustGate::admit_url(context, url, options.trust_repo());
  return load_script(get_checkpoint_file(url, options.file(), context));
}

ExportedModel load_package_from_url(std::string_view url, const RunnableFileOptions& options,
                                    const Context& context) {
  TrustGate::admit_url(context, url, options.trust_repo());
  ExportedModel model = open_exported_model(get_checkpoint_file(url, options.file(), context));
  if (const std::string unchecked = model.unchecked(); !unchecked.empty())
    context.message(unchecked);
  return model;
}

}  // namespace torchhub
