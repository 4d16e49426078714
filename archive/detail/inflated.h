#ifndef TORCHHUB_ARCHIVE_DETAIL_INFLATED_H_
#define TORCHHUB_ARCHIVE_DETAIL_INFLATED_H_
// What gzip's or zlib's streams hold, one behind the other, as joblib and pandas open them. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace torchhub::archive::detail {

struct Inflated {
  enum class End : std::uint8_t {
    whole,    ///< all streams; what trails them is passed over, as Python's readers do
    limit,    ///< there is more
    damaged,  ///< a stream is cut off, or is none
  };
  std::vector<std::byte> bytes;
  End end = End::whole;
};

/// At most `limit` bytes of what `streams` hold, which begin with the signature of one or the other.
Inflated inflated(std::span<const std::byte> streams, std::uint64_t limit);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_INFLATED_H_
