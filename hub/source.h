#ifndef TORCHHUB_HUB_SOURCE_H_
#define TORCHHUB_HUB_SOURCE_H_
// torch.hub's `source`: what the name of a repository names.
//
//   FetchOptions().source(source_of_name("local"));
//
// Pure.

#include <torchhub/hub/export.h>

#include <string_view>

namespace torchhub {

/// torch.hub's source: what the name of a repository names.
enum class Source {
  github,  ///< OWNER/NAME or OWNER/NAME:REF
  local,   ///< a folder with a hubconf.py, used where it lies; it needs no trust
};

/// The source called `name`, "github" or "local" in whatever case.
/// Throws: errc::bad_repository_name with torch.hub's text.
TORCHHUB_EXPORT Source source_of_name(std::string_view name);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_SOURCE_H_
