#ifndef TORCHHUB_ARCHIVE_DETAIL_NUMPY_HEADER_H_
#define TORCHHUB_ARCHIVE_DETAIL_NUMPY_HEADER_H_
// Where the data of a numpy array (.npy) lies, and whether it is plainly numbers or texts: behind any other
// header numpy may look for a pickle. Pure.
//
// Source: numpy/lib/format.py of numpy 1.8 to 2.4.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace torchhub::archive::detail {

struct NumpyHeader {
  std::size_t bytes = 0;  ///< of the header: the data begins behind them
  /// Of the data. Nothing where the array holds objects, or is described in a way that numpy does not write
  /// itself, such as 'object', u'\x4f' or one key twice.
  std::optional<std::uint64_t> data;
};

/// Nothing where numpy finds no header that is whole.
std::optional<NumpyHeader> numpy_header(std::span<const std::byte> bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_NUMPY_HEADER_H_
