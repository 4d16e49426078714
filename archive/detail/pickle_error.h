#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_ERROR_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_ERROR_H_
// How a reader of pickles says where something is wrong.

#include <torchhub/archive/error.h>

#include <cstdint>
#include <string>

namespace torchhub::archive::detail {

/// "SENTENCE (byte OFFSET)" as an error.
[[noreturn]] void throw_at(errc code, std::uint64_t offset, std::string sentence);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_ERROR_H_
