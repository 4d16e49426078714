#ifndef TORCHHUB_HUB_TORCH_EXPORTED_MODEL_H_
#define TORCHHUB_HUB_TORCH_EXPORTED_MODEL_H_
// Models that run without Python: compiled packages (AOTInductor's .pt2) and TorchScript.
//
//   torchhub::ExportedModel model = torchhub::open_exported_model("digits.pt2");
//   at::Tensor scores = model.forward(image);
//   model.run(model.inputs_of(torchhub::load_state_dict("inputs.safetensors")));
//
// Opening one runs what is in it: a package holds machine code. A file of the program's own is taken as
// it is; one that comes from a URL must be trusted, as a repository must.

#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/hub/trust_repo.h>

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torch::jit {
struct Module;
}

namespace torchhub {

enum class ExportFormat {
  aot_inductor,  ///< a .pt2 package of machine code; LibTorch 2 alone
  torchscript,   ///< of torch.jit; the only one of LibTorch 1.13
};

/// Thread safety: may be called from several threads; copies share the model.
class TORCHHUB_EXPORT ExportedModel {
 public:
  ExportFormat format() const;

  /// Calls the model, without recording for gradients, and returns all tensors of what came back, in
  /// order. A tensor that only lies otherwise in memory than the model's machine code wants (transposed,
  /// channels last, a slice, a conjugate) is copied first.
  /// Throws: errc::input_mismatch where an input's dtype, device or sizes, or the number of inputs, are not
  /// those that the model was exported for; errc::libtorch with LibTorch's reason; errc::not_a_tensor where
  /// something else came back.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) const;

  /// A file's tensors in the order in which run() takes them. A dict's are found by their names, which are those of
  /// the model's parameters, as "image", or of what lies in them, as "options.scale"; a list's, and those of a dict
  /// whose keys are "0", "1", and so on, by their places.
  /// Throws: errc::input_mismatch where a name is no input's, an input is missing or there twice, or the file holds
  /// something else than tensors which is not the value that the model was exported for.
  std::vector<at::Tensor> inputs_of(const StateDict& given) const;

  /// What run() cannot check, because a package that torchhub did not export does not tell it: a sentence.
  /// "" where all is checked.
  std::string unchecked() const;

  /// Calls the model for one tensor. Throws as run().
  at::Tensor forward(const at::Tensor& input) const;

  struct Implementation;

 private:
  friend ExportedModel open_exported_model(const std::filesystem::path& path);
  explicit ExportedModel(std::shared_ptr<Implementation> implementation)
      : implementation_(std::move(implementation)) {}

  std::shared_ptr<Implementation> implementation_;
};

/// Throws: archive::Error where the file is no sound zip archive; errc::not_exported where it is another
///   thing, or a format that this LibTorch does not run; errc::libtorch with LibTorch's reason.
TORCHHUB_EXPORT ExportedModel open_exported_model(const std::filesystem::path& path);

/// Which file of a URL may run, and how it is fetched.
class RunnableFileOptions {
 public:
  RunnableFileOptions() = default;

  /// Default: none of its own.
  RunnableFileOptions& file(CheckpointFileOptions value) {
    file_ = std::move(value);
    return *this;
  }
  const CheckpointFileOptions& file() const { return file_; }

  /// Who decides whether it may run. Trusted are what the lock file pins, and what lies below a GitHub
  /// repository that is trusted. Default: TrustRepo::check.
  RunnableFileOptions& trust_repo(TrustRepo value) {
    trust_ = value;
    return *this;
  }
  RunnableFileOptions& trust_repo(bool value) {
    return trust_repo(value ? TrustRepo::yes : TrustRepo::ask);
  }
  TrustRepo trust_repo() const { return trust_; }

 private:
  CheckpointFileOptions file_;
  TrustRepo trust_ = TrustRepo::check;
};

/// torch::jit::load of a TorchScript file that is fetched into the cache unless it is there.
/// Throws: errc::untrusted before any request; as get_checkpoint_file; errc::libtorch.
TORCHHUB_EXPORT torch::jit::Module load_script_from_url(
    std::string_view url, const RunnableFileOptions& options = RunnableFileOptions(),
    const Context& context = Context::from_environment());

/// open_exported_model() of a file that is fetched into the cache unless it is there. What it leaves
/// unchecked is a message of the context.
/// Throws: errc::untrusted before any request; as get_checkpoint_file and open_exported_model.
TORCHHUB_EXPORT ExportedModel load_package_from_url(
    std::string_view url, const RunnableFileOptions& options = RunnableFileOptions(),
    const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_EXPORTED_MODEL_H_
