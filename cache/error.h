#ifndef TORCHHUB_CACHE_ERROR_H_
#define TORCHHUB_CACHE_ERROR_H_
// What can go wrong on disk. A caller judges by code or by condition, and shows what():
//
//   try { part.publish(); }
//   catch (const boost::system::system_error& e) {
//     if (e.code() == boost::system::errc::no_space_on_device) free_some();
//   }

#include <torchhub/cache/export.h>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace torchhub::cache {

/// Failures that the operating system has no code for; its own codes travel as they are.
enum class errc {
  hash_mismatch = 1,  ///< the content's SHA-256 does not begin with the expected digits
  no_hash_in_name,    ///< a check was asked for, and the file name has no -<hex>. part of 8 digits
  bad_hash,           ///< the expected digits are not 1 to 64 hexadecimal digits
  bad_name,           ///< no file name can be taken from the URL, or it would leave its folder
  part_changed,       ///< a file that was being made was changed by somebody else
  lock_timeout,       ///< another process held the lock until the deadline
};

TORCHHUB_CACHE_EXPORT const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

/// Thrown by every function of this room that has effects; what() is one sentence that names the
/// path, what was expected and what was found.
class TORCHHUB_CACHE_EXPORT Error : public boost::system::system_error {
 public:
  Error(boost::system::error_code code, std::string sentence)
      : system_error(code), sentence_(std::move(sentence)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

}  // namespace torchhub::cache

template <>
struct boost::system::is_error_code_enum<torchhub::cache::errc> : std::true_type {};

#endif  // TORCHHUB_CACHE_ERROR_H_
