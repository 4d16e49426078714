#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_LITERALS_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_LITERALS_H_
// The numbers and texts that stand in a pickle behind an opcode. Texts lie in the pickle where they can, else in
// the arena.
//
// Throw: errc::damaged_pickle, unsupported_format, limit_exceeded.

#include <torchhub/archive/detail/arena.h>
#include <torchhub/archive/detail/pickle_operands.h>
#include <torchhub/archive/value.h>

#include <cstdint>

namespace torchhub::archive::detail {

/// LONG1 and LONG4: two's complement of `size` bytes, little endian.
Value take_long(PickleOperands& operands, std::uint64_t size);
/// INT of protocol 0, whose "00" and "01" are its booleans.
Value take_int_text(PickleOperands& operands, Arena& arena);
/// LONG of protocols 0 and 1: decimal digits, and an L.
Value take_long_text(PickleOperands& operands, Arena& arena);
/// FLOAT of protocol 0.
Value take_real_text(PickleOperands& operands);
/// SHORT_BINSTRING and BINSTRING: Python 2's str, which may have been text or bytes.
Value take_python2_text(PickleOperands& operands, Arena& arena, std::uint64_t size);
/// STRING of protocol 0: repr() of a str.
Value take_quoted_text(PickleOperands& operands, Arena& arena);
/// UNICODE of protocol 0: raw-unicode-escape.
Value take_escaped_text(PickleOperands& operands, Arena& arena);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_LITERALS_H_
