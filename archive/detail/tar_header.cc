#include <torchhub/archive/detail/tar_header.h>

#include <algorithm>
#include <string_view>

namespace torchhub::archive::detail {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kSumAt = 148;
constexpr std::size_t kSumSize = 8;

// As int(text, 8) takes it: blanks, a sign, "0o", digits with "_" between them.
std::int64_t octal_of(std::string_view text) {
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

}  // namespace

TarSums tar_sums(std::span<const std::byte> header) {
  TarSums sums;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool is_field = i >= kSumAt && i < kSumAt + kSumSize;
    const auto byte = is_field ? std::uint8_t{' '} : std::to_integer<std::uint8_t>(header[i]);
    sums.plain += byte;
    sums.with_signs += static_cast<std::int8_t>(byte);
  }
  return sums;
}

bool begins_as_tar(std::span<const std::byte> bytes) {
  if (bytes.size() < kBlock) return false;
  const auto header = bytes.first(kBlock);
  const TarSums sums = tar_sums(header);
  const auto is_sum = [&](std::int64_t value) {
    return value == sums.plain || value == sums.with_signs;
  };
  const auto field = header.subspan(kSumAt, kSumSize);
  if (field[0] == std::byte{0x80} || field[0] == std::byte{0xFF}) {
    std::uint64_t value = 0;
    for (const std::byte byte : field.subspan(1))
      value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return is_sum(static_cast<std::int64_t>(value)) ||
           is_sum(static_cast<std::int64_t>(value) - (std::int64_t{1} << 56));
  }
  const std::string_view text(reinterpret_cast<const char*>(field.data()), field.size());
  return is_sum(octal_of(text.substr(0, text.find('\0'))));
}

}  // namespace torchhub::archive::detail
