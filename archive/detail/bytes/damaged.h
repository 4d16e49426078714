#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_DAMAGED_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_DAMAGED_H_
// How a reader of checkpoints refuses what makes no sense.

#include <torchhub/archive/error.h>

#include <cstdint>
#include <string>
#include <utility>

namespace torchhub::archive::detail {

/// errc::damaged_checkpoint, with a sentence that does not name the file.
[[noreturn]] inline void throw_damaged(std::string sentence) {
  throw Error(errc::damaged_checkpoint, std::move(sentence));
}

/// "SENTENCE (byte OFFSET)" as an error: where in a pickle something is wrong.
[[noreturn]] inline void throw_at(errc code, std::uint64_t offset, std::string sentence) {
  throw Error(code, std::move(sentence) + " (byte " + std::to_string(offset) + ")");
}

/// errc::damaged_checkpoint, at a byte of a pickle.
[[noreturn]] inline void throw_damaged(std::uint64_t offset, std::string sentence) {
  throw_at(errc::damaged_checkpoint, offset, std::move(sentence));
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_DAMAGED_H_
