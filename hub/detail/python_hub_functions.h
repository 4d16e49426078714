#ifndef TORCHHUB_HUB_DETAIL_PYTHON_HUB_FUNCTIONS_H_
#define TORCHHUB_HUB_DETAIL_PYTHON_HUB_FUNCTIONS_H_
// What stands behind Python's torch.hub while a repository's code runs: our downloads, cache and gate.

#include <torchhub/hub/context.h>
#include <torchhub/python/hub_functions.h>

#include <functional>
#include <memory>
#include <stop_token>

namespace torchhub::detail {

/// `load` is torch.hub.load of a nested repository. `stop` ends the repository's code, and downloads in it. With `unsafe_checkpoints`, torch.load may read
/// files that run code.
std::shared_ptr<const python::HubFunctions> python_hub_functions(
    const Context& context, bool unsafe_checkpoints, const std::stop_token& stop,
    std::function<python::Object(const python::LoadRequest&)> load);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_PYTHON_HUB_FUNCTIONS_H_
