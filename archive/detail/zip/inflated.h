#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_INFLATED_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_INFLATED_H_
// What gzip's or zlib's streams hold, one behind the other, as joblib and pandas open them. Pure.

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
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
inline Inflated inflated(std::span<const std::byte> streams, std::uint64_t limit);

namespace inflated_detail {

using Bytes = std::span<const std::byte>;

inline constexpr std::size_t kFirst = 4096;

struct Stream {
  z_stream zlib{};

  Stream() {
    // 32 more than the window's bits: by its signature, gzip or zlib.
    if (inflateInit2(&zlib, MAX_WBITS + 32) != Z_OK) throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&zlib); }
};

// Another stream of the same kind, perhaps behind zeros, which gzip's readers pass over.
inline Bytes next_stream(Bytes rest, std::byte first) {
  while (!rest.empty() && rest[0] == std::byte{}) rest = rest.subspan(1);
  return rest.empty() || rest[0] == first ? rest : Bytes();
}

}  // namespace inflated_detail

inline Inflated inflated(std::span<const std::byte> streams, std::uint64_t limit) {
  constexpr std::size_t kZlibLimit = std::numeric_limits<uInt>::max();
  Inflated result;
  std::vector<std::byte>& bytes = result.bytes;
  inflated_detail::Stream stream;
  z_stream& zlib = stream.zlib;
  std::span<const std::byte> left = streams;
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size())
      bytes.resize(static_cast<std::size_t>(
          std::min<std::uint64_t>(limit, std::max(inflated_detail::kFirst, filled * 2))));
    if (filled == bytes.size()) {
      result.end = Inflated::End::limit;
      break;
    }
    const auto in = static_cast<uInt>(std::min(left.size(), kZlibLimit));
    const auto out = static_cast<uInt>(std::min(bytes.size() - filled, kZlibLimit));
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(left.data()));
    zlib.avail_in = in;
    zlib.next_out = reinterpret_cast<Bytef*>(bytes.data()) + filled;
    zlib.avail_out = out;
    const int outcome = inflate(&zlib, Z_NO_FLUSH);
    left = left.subspan(in - zlib.avail_in);
    filled += out - zlib.avail_out;
    if (outcome == Z_STREAM_END) {
      left = inflated_detail::next_stream(left, streams[0]);
      if (left.empty()) break;
      inflateReset2(&zlib, MAX_WBITS + 32);
    } else if (outcome != Z_OK) {
      result.end = Inflated::End::damaged;
      break;
    }
  }
  bytes.resize(filled);
  return result;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_INFLATED_H_
