#ifndef TORCHHUB_ARCHIVE_LONG_INTEGER_H_
#define TORCHHUB_ARCHIVE_LONG_INTEGER_H_
// Python's integers beyond 64 bits, as a Value of kind long_integer holds them: two's complement, little
// endian.
//
//   archive::integer_text(value.string()) == "1180591620717411303424"
//
// Pure.

#include <torchhub/archive/export.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::archive {

/// What text is read to an integer: of more digits, Python 3.11 reads none either.
inline constexpr std::size_t kMostDecimalDigits = 4300;

/// The integer in decimal digits, and one of more than 2048 bytes, which would take long, as Python's
/// hex() writes it.
TORCHHUB_ARCHIVE_EXPORT std::string integer_text(std::string_view twos_complement);

/// The same integer without the bytes that only repeat its sign.
TORCHHUB_ARCHIVE_EXPORT std::string_view shortest_integer(std::string_view twos_complement);

/// The shortest two's complement of the integer that `decimal` is: an optional '-' and 1 to
/// kMostDecimalDigits digits. Nothing for any other text.
TORCHHUB_ARCHIVE_EXPORT std::optional<std::string> integer_of_text(std::string_view decimal);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_LONG_INTEGER_H_
