#ifndef TORCHHUB_CACHE_DETAIL_FITTING_NAME_H_
#define TORCHHUB_CACHE_DETAIL_FITTING_NAME_H_
// Names of our own files beside one whose name another chose, and chose long.
//
// Pure.

#include <torchhub/cache/export.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace torchhub::cache::detail {

/// Linux's file systems end a name at 255 bytes.
inline constexpr std::size_t kMaxNameBytes = 255;

/// `name` and `suffix`; where both are too long for a name, the beginning of `name` and a digest of all of it
/// stand for it.
TORCHHUB_CACHE_EXPORT std::string fitting_name(std::string_view name, std::string_view suffix);

}  // namespace torchhub::cache::detail

#endif  // TORCHHUB_CACHE_DETAIL_FITTING_NAME_H_
