#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/hub/trust.h>

#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#if __has_include(<torch/csrc/inductor/aoti_package/model_package_loader.h>)
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#define TORCHHUB_HAS_AOT_INDUCTOR 1
#else
#define TORCHHUB_HAS_AOT_INDUCTOR 0
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
  throw Error(errc::libtorch,
              what + ": " + (from_torch ? from_torch->what_without_backtrace() : error.what()));
}

// Told by what the archive holds. LibTorch unpacks a package into a folder; the archive's reader has
// refused names that lead out of it.
ExportFormat format_of(const fs::path& path) {
  const archive::MappedFile file(path);
  const auto directory = archive::read_zip_directory(file.view());
  if (!directory)
    throw archive::Error(directory.error().code, path.string() + ": " + directory.error().what);
  const auto holds = [&](auto matches) {
    return std::any_of(directory->entries.begin(), directory->entries.end(),
                       [&](const archive::ZipEntry& entry) { return matches(entry.name); });
  };
  if (holds([](std::string_view name) { return name.find("/code/") != name.npos; }) &&
      holds([](std::string_view name) { return name.ends_with("/constants.pkl"); }))
    return ExportFormat::torchscript;
  if (holds([](std::string_view name) {
        return name.find("data/aotinductor/") != name.npos && name.ends_with(".so");
      }))
    return ExportFormat::aot_inductor;
  const bool is_program = holds([](std::string_view name) {
    return name.ends_with("archive_format") || name.ends_with("/models/model.json");
  });
  throw Error(errc::not_exported,
              path.string() + (is_program ? ": is an exported program that was not compiled"
                                          : ": is neither a compiled package nor TorchScript"));
}

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

}  // namespace

struct ExportedModel::Implementation {
#if TORCHHUB_HAS_AOT_INDUCTOR
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
#if TORCHHUB_HAS_AOT_INDUCTOR
    if (implementation_->package) return implementation_->package->run(inputs);
#endif
    collect_tensors(implementation_->script->forward({inputs.begin(), inputs.end()}), outputs);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw_libtorch("calling the model", error);
  }
  return outputs;
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
  if (format_of(path) == ExportFormat::torchscript) {
    implementation->script = load_script(path);
    return ExportedModel(std::move(implementation));
  }
#if TORCHHUB_HAS_AOT_INDUCTOR
  try {
    implementation->package.emplace(path.string());
  } catch (const std::exception& error) {
    throw_libtorch(path.string() + ": LibTorch cannot load it", error);
  }
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
  return open_exported_model(get_checkpoint_file(url, options.file(), context));
}

}  // namespace torchhub
