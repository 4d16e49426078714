#ifndef TORCHHUB_ARCHIVE_DETAIL_BARE_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_BARE_PICKLE_H_
// What a pickle without a checkpoint around it is, by the texts in its beginning. Pure.

#include <cstddef>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// "a bare pickle, not written by torch.save, ...": what it is and what to do, for behind "it is".
std::string_view describe_bare_pickle(std::span<const std::byte> pickle);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BARE_PICKLE_H_
