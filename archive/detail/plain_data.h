#ifndef TORCHHUB_ARCHIVE_DETAIL_PLAIN_DATA_H_
#define TORCHHUB_ARCHIVE_DETAIL_PLAIN_DATA_H_
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
std::optional<std::string> date_text(std::string_view bytes);

/// "2026-01-02T03:04:05.000006", from datetime.datetime's ten bytes.
std::optional<std::string> datetime_text(std::string_view bytes);

/// "03:04:05", from datetime.time's six bytes.
std::optional<std::string> time_text(std::string_view bytes);

/// "+01:00", from the days, seconds and microseconds of datetime.timezone's offset, less than a day.
std::optional<std::string> offset_text(std::int64_t days, std::int64_t seconds,
                                       std::int64_t microseconds);

/// The path that its parts make: "/a/b" of "/", "a", "b"; "." of none.
std::string path_text(std::span<const std::string_view> parts, char separator);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PLAIN_DATA_H_
