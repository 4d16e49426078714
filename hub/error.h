#ifndef TORCHHUB_HUB_ERROR_H_
#define TORCHHUB_HUB_ERROR_H_
// What torch.hub's functions add to the errors of the rooms below.
//
//   catch (const boost::system::system_error& e) {
//     if (e.code() == torchhub::errc::untrusted) ask_and_try_again();
//   }

#include <torchhub/hub/export.h>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace torchhub {

enum class errc {
  bad_repository_name = 1,  ///< not OWNER/NAME or OWNER/NAME:REF
  no_such_repository,       ///< the server knows no such repository, or does not show it
  no_such_ref,              ///< the repository has no such branch, tag or commit
  rate_limited,             ///< the server's API asks to wait
  bad_answer,               ///< the server's API answered something that makes no sense
  bad_repository,           ///< the repository's archive is not one folder
  untrusted,                ///< running the repository's code was not allowed
  not_a_tensor,             ///< a model returned, or a file holds, something else than tensors
  libtorch,                 ///< LibTorch reported an error
  offline,                  ///< it is not in the cache, and nothing may be fetched
  name_taken,               ///< the cached file of that name came from another URL
  bad_lock_file,            ///< not a lock file
  not_pinned,               ///< the lock file does not name it, and nothing else is allowed
  pin_mismatch,             ///< it is not what the lock file says
  keys_mismatch,            ///< a state dict's names or shapes are not the module's
  not_exported,             ///< not a model that runs without Python, or not with this LibTorch
  input_mismatch,           ///< an input is not what the model was exported for
};

TORCHHUB_EXPORT const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

/// Thrown by every function of this room; what() is one sentence.
class TORCHHUB_EXPORT Error : public boost::system::system_error {
 public:
  Error(boost::system::error_code code, std::string sentence)
      : system_error(code), sentence_(std::move(sentence)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

}  // namespace torchhub

template <>
struct boost::system::is_error_code_enum<torchhub::errc> : std::true_type {};

#endif  // TORCHHUB_HUB_ERROR_H_
