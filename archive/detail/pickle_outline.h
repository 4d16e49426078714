#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_OUTLINE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_OUTLINE_H_
// Whether any reader of pickles could come to a name in some bytes, by the opcodes' lengths alone. Pure.
//
//   if (!detail::pickle_outline(bytes).imports) ...      // no pickle, or one of plain data
//
// For bytes that may be anything. A machine that knows what values mean stops where a value makes no sense
// to it, which another reader may take; one that knows lengths alone stops where nobody can go on: at a
// byte that is no opcode in any version of Python, or at the end.
//
// Source: Lib/pickletools.py and Modules/_pickle.c of CPython 3.8 to 3.14.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

struct PickleOutline {
  bool imports = false;  ///< an opcode that names a global can be reached, or readers part company
  bool calls = false;    ///< behind it, one that calls something or gives it a state
  bool is_cut = false;   ///< the bytes end before the pickle does
  /// An operand crosses the end of its frame: some readers drop the rest of the frame, others read on.
  bool is_disputed = false;
  bool ends_in_name = false;  ///< the bytes end with the first name
  bool is_whole = false;      ///< the pickle ends, with a value, where the bytes do
  std::optional<std::string_view>
      first_module;  ///< of the first name, if it stands behind its opcode
};

PickleOutline pickle_outline(std::span<const std::byte> bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_OUTLINE_H_
