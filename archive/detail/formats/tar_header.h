#ifndef TORCHHUB_ARCHIVE_DETAIL_FORMATS_TAR_HEADER_H_
#define TORCHHUB_ARCHIVE_DETAIL_FORMATS_TAR_HEADER_H_
// Whether Python's tarfile, to which torch.load gives each file that is no zip archive, would find an archive
// in some bytes. It asks for no signature, and reads the checksum as int() reads text. Pure.
//
// Source: Lib/tarfile.py of CPython 3.8 to 3.14 (nti, calc_chksums, TarInfo.frombuf).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// Of a header's 512 bytes, those of the checksum counted as blanks: as they are, and with their signs, as
/// some old programs have it.
struct TarSums {
  std::int64_t plain = 0;
  std::int64_t with_signs = 0;
};

inline TarSums tar_sums(std::span<const std::byte> header);

/// Whatever else the bytes are. Wider than tarfile where that costs nothing: what stands behind the
/// checksum's digits, and the other numbers, may be anything.
inline bool begins_as_tar(std::span<const std::byte> bytes);

namespace tar_header_detail {

inline constexpr std::size_t kBlock = 512;
inline constexpr std::size_t kSumAt = 148;
inline constexpr std::size_t kSumSize = 8;

// As int(text, 8) takes it: blanks, a sign, "0o", digits with "_" between them.
inline std::int64_t octal_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\r\v\f\x1C\x1D\x1E\x1F";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("0o") || text.starts_with("0O")) text.remove_prefix(2);
  std::int64_t value = 0;
  for (const char c : text) {
    if (c == '_') continue;
    if (c < '0' || c > '7') break;
    value = value * 8 + (c - '0');
  }
  return is_negative ? -value : value;
}

}  // namespace tar_header_detail

inline TarSums tar_sums(std::span<const std::byte> header) {
  TarSums sums;
  for (std::size_t i = 0; i < tar_header_detail::kBlock; ++i) {
    const bool is_field = i >= tar_header_detail::kSumAt &&
                          i < tar_header_detail::kSumAt + tar_header_detail::kSumSize;
    const auto byte = is_field ? std::uint8_t{' '} : std::to_integer<std::uint8_t>(header[i]);
    sums.plain += byte;
    sums.with_signs += static_cast<std::int8_t>(byte);
  }
  return sums;
}

inline bool begins_as_tar(std::span<const std::byte> bytes) {
  if (bytes.size() < tar_header_detail::kBlock) return false;
  const auto header = bytes.first(tar_header_detail::kBlock);
  const TarSums sums = tar_sums(header);
  const auto is_sum = [&](std::int64_t value) {
    return value == sums.plain || value == sums.with_signs;
  };
  const auto field = header.subspan(tar_header_detail::kSumAt, tar_header_detail::kSumSize);
  if (field[0] == std::byte{0x80} || field[0] == std::byte{0xFF}) {
    std::uint64_t value = 0;
    for (const std::byte byte : field.subspan(1))
      value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return is_sum(static_cast<std::int64_t>(value)) ||
           is_sum(static_cast<std::int64_t>(value) - (std::int64_t{1} << 56));
  }
  const std::string_view text(reinterpret_cast<const char*>(field.data()), field.size());
  return is_sum(tar_header_detail::octal_of(text.substr(0, text.find('\0'))));
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FORMATS_TAR_HEADER_H_
