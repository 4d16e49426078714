#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_PLAIN_DATA_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_PLAIN_DATA_H_
// Python's dates and paths as texts, from what their pickles hold. Pure.
//
// Source: Lib/_pydatetime.py (_getstate, __setstate) and Lib/pathlib.py (__reduce__) of CPython 3.8 to 3.14.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// "2026-01-02", from datetime.date's four bytes. Nothing for bytes that are no date.
inline std::optional<std::string> date_text(std::string_view bytes);

/// "2026-01-02T03:04:05.000006", from datetime.datetime's ten bytes.
inline std::optional<std::string> datetime_text(std::string_view bytes);

/// "03:04:05", from datetime.time's six bytes.
inline std::optional<std::string> time_text(std::string_view bytes);

/// "+01:00", from the days, seconds and microseconds of datetime.timezone's offset, less than a day.
inline std::optional<std::string> offset_text(std::int64_t days, std::int64_t seconds,
                                              std::int64_t microseconds);

/// The path that its parts make: "/a/b" of "/", "a", "b"; "." of none.
inline std::string path_text(std::span<const std::string_view> parts, char separator);

namespace plain_data_detail {

inline unsigned byte(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

inline std::string padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

inline unsigned days_of(unsigned year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays[month - 1];
}

}  // namespace plain_data_detail

inline std::optional<std::string> date_text(std::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  const unsigned year = plain_data_detail::byte(bytes, 0) << 8 | plain_data_detail::byte(bytes, 1);
  const unsigned month = plain_data_detail::byte(bytes, 2);
  const unsigned day = plain_data_detail::byte(bytes, 3);
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
      day > plain_data_detail::days_of(year, month))
    return std::nullopt;
  return plain_data_detail::padded(year, 4) + '-' + plain_data_detail::padded(month, 2) + '-' +
         plain_data_detail::padded(day, 2);
}

inline std::optional<std::string> time_text(std::string_view bytes) {
  if (bytes.size() != 6) return std::nullopt;
  // The second of two equal hours, where clocks go back, has the highest bit set.
  const unsigned hour = plain_data_detail::byte(bytes, 0) & 0x7F;
  const unsigned minute = plain_data_detail::byte(bytes, 1);
  const unsigned second = plain_data_detail::byte(bytes, 2);
  const unsigned micro = plain_data_detail::byte(bytes, 3) << 16 |
                         plain_data_detail::byte(bytes, 4) << 8 | plain_data_detail::byte(bytes, 5);
  if (hour > 23 || minute > 59 || second > 59 || micro > 999'999) return std::nullopt;
  std::string text = plain_data_detail::padded(hour, 2) + ':' +
                     plain_data_detail::padded(minute, 2) + ':' +
                     plain_data_detail::padded(second, 2);
  if (micro > 0) text += '.' + plain_data_detail::padded(micro, 6);
  return text;
}

inline std::optional<std::string> datetime_text(std::string_view bytes) {
  if (bytes.size() != 10) return std::nullopt;
  // Here it is the month's byte that has the bit.
  std::string date(bytes.substr(0, 4));
  date[2] = static_cast<char>(plain_data_detail::byte(date, 2) & 0x7F);
  const auto day = date_text(date);
  if (plain_data_detail::byte(bytes, 4) > 23) return std::nullopt;
  const auto time = time_text(bytes.substr(4));
  if (!day || !time) return std::nullopt;
  return *day + 'T' + *time;
}

inline std::optional<std::string> offset_text(std::int64_t days, std::int64_t seconds,
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
  std::string text = sign + plain_data_detail::padded(whole / 3600, 2) + ':' +
                     plain_data_detail::padded(whole / 60 % 60, 2);
  const auto micros = static_cast<std::uint64_t>(total % kMicros);
  if (whole % 60 != 0 || micros != 0) text += ':' + plain_data_detail::padded(whole % 60, 2);
  if (micros != 0) text += '.' + plain_data_detail::padded(micros, 6);
  return text;
}

inline std::string path_text(std::span<const std::string_view> parts, char separator) {
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

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_PLAIN_DATA_H_
