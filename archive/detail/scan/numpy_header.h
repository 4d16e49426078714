#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_NUMPY_HEADER_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_NUMPY_HEADER_H_
// Where the data of a numpy array (.npy) lies, and whether it is plainly numbers or texts: behind any other
// header numpy may look for a pickle. Pure.
//
// Source: numpy/lib/format.py of numpy 1.8 to 2.4.

#include <torchhub/archive/detail/bytes/little_endian.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

struct NumpyHeader {
  std::size_t bytes = 0;  ///< of the header: the data begins behind them
  /// Of the data. Nothing where the array holds objects, or is described in a way that numpy does not write
  /// itself, such as 'object', u'\x4f' or one key twice.
  std::optional<std::uint64_t> data;
};

/// Nothing where numpy finds no header that is whole.
inline std::optional<NumpyHeader> numpy_header(std::span<const std::byte> bytes);

namespace numpy_header_detail {

// The dictionary as numpy writes it: its three keys in their order, types by letter and size, and no escape
// in any text, so that what is read here is what Python's parser reads.
class Description {
 public:
  explicit Description(std::string_view text) : left_(text) {}

  // Bytes of the data; nothing for what is not described so.
  std::optional<std::uint64_t> size() {
    const bool begins = take("{'descr': ");
    const std::uint64_t item = begins ? type(0) : 0;
    take_or_fail(", 'fortran_order': ");
    if (!take("True")) take_or_fail("False");
    take_or_fail(", 'shape': ");
    const std::uint64_t items = shape();
    take(",");
    take(" ");
    take_or_fail("}");
    while (take(" ")) {
    }
    take("\n");
    const std::uint64_t size = times(item, items);
    if (!begins || failed_ || !left_.empty()) return std::nullopt;
    return size;
  }

 private:
  static constexpr int kMaxDepth = 16;

  bool take(std::string_view text) {
    const bool is_there = left_.starts_with(text);
    if (is_there) left_.remove_prefix(text.size());
    return is_there;
  }

  void take_or_fail(std::string_view text) { failed_ = !take(text) || failed_; }

  std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    failed_ = __builtin_mul_overflow(a, b, &product) || failed_;
    return product;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    const std::size_t before = left_.size();
    while (!failed_ && !left_.empty() && left_[0] >= '0' && left_[0] <= '9') {
      value = times(value, 10);
      failed_ = __builtin_add_overflow(value, static_cast<std::uint64_t>(left_[0] - '0'), &value) ||
                failed_;
      left_.remove_prefix(1);
    }
    failed_ = failed_ || left_.size() == before;
    return value;
  }

  std::string_view text() {
    if (left_.empty() || (left_[0] != '\'' && left_[0] != '"')) return fail();
    const char quote = left_[0];
    const std::size_t end = left_.find(quote, 1);
    if (end == left_.npos) return fail();
    const std::string_view text = left_.substr(1, end - 1);
    if (text.find_first_of("\\\n\r") != text.npos) return fail();
    left_.remove_prefix(end + 1);
    return text;
  }

  std::string_view fail() {
    failed_ = true;
    return {};
  }

  // '<f8', or fields: [('a', '<f8'), (('title', 'b'), '<i4', (2, 3))].
  std::uint64_t type(int depth) {
    if (failed_ || depth == kMaxDepth) return fail().size();
    if (!take("[")) return plain_type(text());
    std::uint64_t size = 0;
    while (!failed_ && !take("]")) {
      take_or_fail("(");
      if (take("(")) {
        text();
        take_or_fail(", ");
        text();
        take_or_fail(")");
      } else {
        text();
      }
      take_or_fail(", ");
      const std::uint64_t item = type(depth + 1);
      const std::uint64_t field = take(", ") ? times(item, shape()) : item;
      failed_ = __builtin_add_overflow(size, field, &size) || failed_;
      take_or_fail(")");
      if (!left_.starts_with(']')) take_or_fail(", ");
    }
    return size;
  }

  std::uint64_t plain_type(std::string_view name) {
    if (!name.empty() && std::string_view("<>|=").find(name[0]) != std::string_view::npos)
      name.remove_prefix(1);
    if (name.empty() || std::string_view("biufcmMSUV").find(name[0]) == std::string_view::npos)
      return fail().size();
    const char letter = name[0];
    Description digits(name.substr(1));
    const std::uint64_t size = digits.number();
    std::string_view unit = digits.left_;
    const bool is_time = letter == 'm' || letter == 'M';
    // Of a date, '[ns]'.
    const bool has_unit = is_time && unit.starts_with('[') && unit.ends_with(']');
    failed_ = failed_ || digits.failed_ || !(unit.empty() || has_unit);
    return letter == 'U' ? times(size, 4) : size;
  }

  // (), (2,), (2, 3), and (2L, 3L) of Python 2.
  std::uint64_t shape() {
    std::uint64_t items = 1;
    take_or_fail("(");
    while (!failed_ && !take(")")) {
      items = times(items, number());
      take("L");
      if (!left_.starts_with(')')) take_or_fail(",");
      take(" ");
    }
    return items;
  }

  std::string_view left_;
  bool failed_ = false;
};

}  // namespace numpy_header_detail

inline std::optional<NumpyHeader> numpy_header(std::span<const std::byte> bytes) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  constexpr std::size_t kSizeAt = 8;
  if (bytes.size() < 12) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const char version = text[kMagic.size()];
  if (!text.starts_with(kMagic) || version < 1 || version > 3 || text[kSizeAt - 1] != 0)
    return std::nullopt;
  const std::size_t begin = kSizeAt + (version == 1 ? 2u : 4u);
  const std::uint64_t size = version == 1
                                 ? load_little_endian<std::uint16_t>(bytes, kSizeAt)
                                 : std::uint64_t{load_little_endian<std::uint32_t>(bytes, kSizeAt)};
  if (size > bytes.size() - begin) return std::nullopt;
  NumpyHeader header;
  header.bytes = begin + static_cast<std::size_t>(size);
  header.data =
      numpy_header_detail::Description(text.substr(begin, static_cast<std::size_t>(size))).size();
  return header;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_NUMPY_HEADER_H_
