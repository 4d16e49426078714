#ifndef TORCHHUB_CACHE_HUB_DIR_H_
#define TORCHHUB_CACHE_HUB_DIR_H_
// torch.hub's directory: where repositories and checkpoints are kept.
//
//   std::filesystem::path here = cache::get_dir();     // ~/.cache/torch/hub, unless told otherwise
//   cache::set_dir("/mnt/shared/hub");                 // for the rest of this process
//
// Source: torch.hub.get_dir and set_dir of PyTorch 2.13. In order: set_dir(), $TORCH_HOME/hub,
// $XDG_CACHE_HOME/torch/hub, ~/.cache/torch/hub. A variable that is set to nothing counts as set, a
// relative path stays relative, "~" and "~user" are expanded, "$VAR" is not.

#include <torchhub/cache/export.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::cache {

/// Answers for getenv(): the variable's value, or nothing where it is unset.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The directory that an environment leads to. Reads the user database where HOME is unset.
TORCHHUB_CACHE_EXPORT std::filesystem::path hub_dir_from(const Environment& environment);

/// set_dir()'s directory, else the one that the process's environment leads to now. Creates
/// nothing.
/// Thread safety: may be called while another thread calls set_dir().
TORCHHUB_CACHE_EXPORT std::filesystem::path get_dir();

/// Keeps `dir`, with "~" expanded, as the directory for the rest of the process: this room's only
/// global state.
TORCHHUB_CACHE_EXPORT void set_dir(std::string_view dir);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_HUB_DIR_H_
