#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_FORMATS_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_FORMATS_H_
// What some bytes may be, for whoever looks for pickles in them. Pure.

#include <torchhub/archive/detail/pickle/pickle_outline.h>
#include <torchhub/archive/detail/scan/numpy_header.h>
#include <torchhub/archive/detail/zip/inflated.h>
#include <torchhub/archive/file_format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

inline std::string_view text_of_bytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool is_read_as_checkpoint(FileFormat format) {
  return format == FileFormat::zip || format == FileFormat::legacy_stream ||
         format == FileFormat::legacy_tar || format == FileFormat::safetensors;
}

inline bool is_unknown_or_text(FileFormat format) {
  return format == FileFormat::unknown || format == FileFormat::text;
}

// Protocols 0 and 1 have no signature; a pickle of theirs names a global, begins a group or a
// container.
inline bool may_be_pickle(FileFormat format, std::span<const std::byte> bytes) {
  if (!is_unknown_or_text(format) || bytes.empty()) return false;
  const char first = static_cast<char>(bytes[0]);
  return std::string_view("c(]})lid0IFSVL").find(first) != std::string_view::npos;
}

// Behind the header of a numpy array of objects lies a pickle. Nothing for one of numbers or texts.
inline std::optional<std::span<const std::byte>> pickle_of_array(std::span<const std::byte> bytes) {
  const auto header = numpy_header(bytes);
  if (!header || header->data) return std::nullopt;
  return bytes.subspan(header->bytes);
}

// What lies behind an array of numbers, which numpy.load reads when it is called once more.
inline std::span<const std::byte> behind_array(std::span<const std::byte> bytes) {
  const auto header = numpy_header(bytes);
  if (!header || !header->data || *header->data >= bytes.size() - header->bytes) return {};
  return bytes.subspan(header->bytes + static_cast<std::size_t>(*header->data));
}

// Compressed in a way that is not unpacked here, while joblib, pandas or numpy would: also by the oldest
// xz, which has no signature but a first byte, as all programs write it, and the size of a window.
inline bool is_packed(FileFormat format, std::span<const std::byte> bytes) {
  constexpr std::size_t kLzmaHeader = 13;
  if (format == FileFormat::xz || format == FileFormat::bzip2 || format == FileFormat::zstandard ||
      format == FileFormat::lz4)
    return true;
  if (!is_unknown_or_text(format) || bytes.size() <= kLzmaHeader) return false;
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  const std::uint32_t window = at(1) | at(2) << 8 | at(3) << 16 | at(4) << 24;
  const std::uint32_t above = window & (window - 1);  // without its lowest bit
  const bool is_window = window >= 4096 && (above == 0 || above == (window & ~above) << 1);
  const auto size = bytes.subspan(5, 8);
  const bool has_no_size =
      std::all_of(size.begin(), size.end(), [](std::byte b) { return b == std::byte{0xFF}; });
  const bool has_size = at(0) == 0x5D && at(10) <= 0x3F && at(11) == 0 && at(12) == 0;
  if (at(0) < 225 && is_window && at(kLzmaHeader) == 0 && (has_no_size || has_size)) return true;
  // joblib before 0.10: 'ZF', a size in hexadecimal digits, and zlib's stream.
  constexpr std::size_t kOldHeader = 21;
  const std::string_view old = text_of_bytes(bytes.first(std::min(bytes.size(), kOldHeader + 2)));
  if (old.starts_with("ZF") && old.find('x', kOldHeader) != old.npos &&
      old.substr(2, kOldHeader - 2).find_first_not_of("0123456789abcdefABCDEFx ") == old.npos)
    return true;
  // A frame that is to be passed over, before one that is not.
  return (at(0) & 0xF0) == 0x50 && at(1) == 0x2A && at(2) == 0x4D && at(3) == 0x18;
}

// By zlib alone or by gzip. The first has no signature but two bytes that fit together, with 'x' in front.
inline bool is_stream(FileFormat format, std::span<const std::byte> bytes) {
  if (format == FileFormat::gzip) return true;
  if (!is_unknown_or_text(format) || bytes.size() < 2 || bytes[0] != std::byte{'x'}) return false;
  const auto flags = std::to_integer<unsigned>(bytes[1]);
  if (((unsigned{'x'} << 8) + flags) % 31 != 0 || (flags & 0x20) != 0) return false;
  return !inflated(bytes, 1).bytes.empty();
}

// A text in which a reader of pickles takes the first two lines for a name: a list of words, such as
// "cat" and "dog". Python would look for a module "at", and then stop at what is no opcode, or it would
// not find the module.
inline bool is_list_of_words(FileFormat format, const PickleOutline& outline) {
  if (format != FileFormat::text) return false;
  if (outline.is_disputed) return false;
  constexpr std::string_view kInNoModule = " ()[]{}<>=:;,/\\'\"#!?*&%$|@";
  // A name that is all of the file is no list.
  return (!outline.calls && !outline.ends_in_name) ||
         (outline.first_module &&
          outline.first_module->find_first_of(kInNoModule) != std::string::npos);
}

// Whether what begins so, and has that many bytes in all, is worth being read as a whole.
inline bool may_hold_pickle(std::span<const std::byte> head, std::uint64_t size) {
  const FileFormat format = file_format(head);
  if (format == FileFormat::numpy_array) {
    const auto header = numpy_header(head);
    return !header || !header->data || *header->data < size - header->bytes;
  }
  if (is_stream(format, head) || is_packed(format, head)) return true;
  if (is_read_as_checkpoint(format) && format != FileFormat::safetensors) return true;
  if (format == FileFormat::bare_pickle) return true;
  const PickleOutline outline = pickle_outline(head);
  return outline.imports || outline.is_cut;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_FORMATS_H_
