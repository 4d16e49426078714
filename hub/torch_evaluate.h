#ifndef TORCHHUB_HUB_TORCH_EVALUATE_H_
#define TORCHHUB_HUB_TORCH_EVALUATE_H_
// Python beside the model: what is installed in the Python in use, and expressions.
//
//   torchhub::Model transforms = torchhub::import_module("torchvision.transforms", TrustRepo::yes);
//   torchhub::Model resize = transforms.method("Resize", torchhub::Argument::Tuple{224, 224});
//   at::Tensor small = resize(image).tensor();
//
//   torchhub::Model top = torchhub::evaluate("sorted(scores.tolist())[-1]", {{"scores", scores}}, TrustRepo::yes);
//
// Both run code that this library knows nothing of: TrustGate::admit_code() decides, as TrustGate does on
// repositories.
// Thread safety: may be called at any time.

#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_arguments.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/hub/trust_repo.h>

#include <string_view>

namespace torchhub {

/// Python's `import name`, "package.module" too, from what is installed; a repository's own modules are found only
/// while its code runs. The first use of Python starts it with the context's environment.
/// Throws: errc::untrusted; as use_python(); python::PythonException, with ModuleNotFoundError for one.
TORCHHUB_EXPORT Model import_module(std::string_view name, TrustRepo trust = TrustRepo::check,
                                    const Context& context = Context::from_environment());

/// Python's eval(expression), in which `names` are known, and the builtins.
/// Throws: errc::untrusted; as use_python(); python::PythonException, with SyntaxError for one.
TORCHHUB_EXPORT Model evaluate(std::string_view expression, const Arguments::Keywords& names = {},
                               TrustRepo trust = TrustRepo::check,
                               const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_EVALUATE_H_
