#ifndef TORCHHUB_ARCHIVE_ERROR_H_
#define TORCHHUB_ARCHIVE_ERROR_H_
// What can be wrong with an archive or a checkpoint.
//
// Parsers are pure: they return Parsed<T>, a value or a Flaw. Functions with effects throw Error.
//
//   archive::Parsed<archive::ZipDirectory> zip = archive::read_zip_directory(bytes);
//   if (!zip) std::cerr << zip.error().what << " at byte " << zip.error().offset;

#include <torchhub/archive/export.h>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace torchhub::archive {

enum class errc {
  not_a_zip = 1,       ///< no end-of-central-directory record, or more than one that fits
  damaged_zip,         ///< headers that contradict each other or point outside the file
  unsafe_name,         ///< an entry would be created outside the folder, or under no safe name
  unsupported_entry,   ///< encrypted, an unknown compression method, or no file, folder or link
  crc_mismatch,        ///< an entry's bytes are not those that were stored
  limit_exceeded,      ///< more entries, bytes or depth than the caller allows
  not_a_checkpoint,    ///< the file is something else; the sentence says what
  unsupported_format,  ///< a checkpoint format, or a feature of one, that is not read
  damaged_pickle,      ///< the opcodes do not make sense
  refused_global,      ///< the pickle names a global that is not on the allow-list
  damaged_checkpoint,  ///< tensors that do not fit their storages, or storages that are missing
  not_contiguous,      ///< the tensor's bytes do not lie in one piece
  no_such_tensor,      ///< no tensor has this name
  file_changed,        ///< the file was made shorter while it was read
};

TORCHHUB_ARCHIVE_EXPORT const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

/// What a parser found wrong.
struct Flaw {
  errc code;
  std::uint64_t offset;  ///< in bytes from the start of what was parsed
  std::string what;      ///< one clause, without the file's name
};

/// Thrown by every function of this room that has effects; what() is one sentence that names the
/// file.
class TORCHHUB_ARCHIVE_EXPORT Error : public boost::system::system_error {
 public:
  Error(boost::system::error_code code, std::string sentence)
      : system_error(code), sentence_(std::move(sentence)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

/// What Parsed<T>::value() throws where there is none.
[[noreturn]] TORCHHUB_ARCHIVE_EXPORT void throw_exception_from_error(
    const Flaw& flaw, const boost::source_location& location);

/// A parser's result: the value, or what is wrong with the bytes.
template <class T>
using Parsed = boost::system::result<T, Flaw>;

}  // namespace torchhub::archive

template <>
struct boost::system::is_error_code_enum<torchhub::archive::errc> : std::true_type {};

#endif  // TORCHHUB_ARCHIVE_ERROR_H_
