#include <torchhub/archive/detail/plain_data.h>

namespace torchhub::archive::detail {
namespace {

unsigned byte(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::string padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

unsigned days_of(unsigned year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays[month - 1];
}

}  // namespace

std::optional<std::string> date_text(std::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  const unsigned year = byte(bytes, 0) << 8 | byte(bytes, 1);
  const unsigned month = byte(bytes, 2);
  const unsigned day = byte(bytes, 3);
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_of(year, month))
    return std::nullopt;
  return padded(year, 4) + '-' + padded(month, 2) + '-' + padded(day, 2);
}

std::optional<std::string> time_text(std::string_view bytes) {
  if (bytes.size() != 6) return std::nullopt;
  // The second of two equal hours, where clocks go back, has the highest bit set.
  const unsigned hour = byte(bytes, 0) & 0x7F;
  const unsigned minute = byte(bytes, 1);
  const unsigned second = byte(bytes, 2);
  const unsigned micro = byte(bytes, 3) << 16 | byte(bytes, 4) << 8 | byte(bytes, 5);
  if (hour > 23 || minute > 59 || second > 59 || micro > 999'999) return std::nullopt;
  std::string text = padded(hour, 2) + ':' + padded(minute, 2) + ':' + padded(second, 2);
  if (micro > 0) text += '.' + padded(micro, 6);
  return text;
}

std::optional<std::string> datetime_text(std::string_view bytes) {
  if (bytes.size() != 10) return std::nullopt;
  // Here it is the month's byte that has the bit.
  std::string date(bytes.substr(0, 4));
  date[2] = static_cast<char>(byte(date, 2) & 0x7F);
  const auto day = date_text(date);
  if (byte(bytes, 4) > 23) return std::nullopt;
  const auto time = time_text(bytes.substr(4));
  if (!day || !time) return std::nullopt;
  return *day + 'T' + *time;
}

std::optional<std::string> offset_text(std::int64_t days, std::int64_t seconds,
                                       std::int64_t microseconds) {
  constexpr std::int64_t kDay = 86'400;
  if (days < -1 || days > 0 || seconds < 0 || seconds >= kDay || microseconds < 0 ||
      microseconds > 999'999)
    return std::nullopt;
  constexpr std::int64_t kMicros = 1'000'000;
  std::int64_t total = (days * kDay + seconds) * kMicros + microseconds;
  if (total <= -kDay * kMicros) return std::nullopt;
  const char sign = total < 0 ? '-' : '+';
  if (total < 0) total = -total;
  const auto whole = static_cast<std::uint64_t>(total / kMicros);
  std::string text = sign + padded(whole / 3600, 2) + ':' + padded(whole / 60 % 60, 2);
  const auto micros = static_cast<std::uint64_t>(total % kMicros);
  if (whole % 60 != 0 || micros != 0) text += ':' + padded(whole % 60, 2);
  if (micros != 0) text += '.' + padded(micros, 6);
  return text;
}

std::string path_text(std::span<const std::string_view> parts, char separator) {
  std::string path;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    // One that begins at the root stands for itself.
    if (part.front() == separator) path.clear();
    if (!path.empty() && path.back() != separator) path += separator;
    path += part;
  }
  return path.empty() ? "." : path;
}

}  // namespace torchhub::archive::detail
