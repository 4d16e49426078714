#include <torchhub/hub/error.h>

namespace torchhub {
namespace {

class Category final : public boost::system::error_category {
 public:
  constexpr Category() : error_category(0x4e19a2c76b8035fd) {}

  const char* name() const noexcept override { return "torchhub.hub"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::bad_repository_name:
        return "not OWNER/NAME or OWNER/NAME:REF";
      case errc::no_such_repository:
        return "no such repository";
      case errc::no_such_ref:
        return "no such branch, tag or commit";
      case errc::rate_limited:
        return "too many requests";
      case errc::bad_answer:
        return "an answer that makes no sense";
      case errc::bad_repository:
        return "not a repository's archive";
      case errc::untrusted:
        return "Untrusted repository.";
      case errc::not_a_tensor:
        return "not a tensor";
      case errc::libtorch:
        return "LibTorch reported an error";
      case errc::offline:
        return "not in the cache, and nothing may be fetched";
      case errc::name_taken:
        return "the cached file of that name came from another URL";
      case errc::bad_lock_file:
        return "not a lock file";
      case errc::not_pinned:
        return "not pinned by the lock file";
      case errc::pin_mismatch:
        return "not what the lock file says";
      case errc::keys_mismatch:
        return "the state dict does not fit the module";
      case errc::not_exported:
        return "not a model that runs without Python";
      case errc::input_mismatch:
        return "not what the model was exported for";
    }
    return "unknown error";
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    namespace conditions = boost::system::errc;
    switch (static_cast<errc>(value)) {
      case errc::bad_repository_name:
        return conditions::make_error_condition(conditions::invalid_argument);
      case errc::no_such_repository:
      case errc::no_such_ref:
        return conditions::make_error_condition(conditions::no_such_file_or_directory);
      case errc::rate_limited:
        return conditions::make_error_condition(conditions::resource_unavailable_try_again);
      case errc::bad_answer:
      case errc::bad_repository:
      case errc::pin_mismatch:
        return conditions::make_error_condition(conditions::bad_message);
      case errc::bad_lock_file:
      case errc::input_mismatch:
        return conditions::make_error_condition(conditions::invalid_argument);
      case errc::name_taken:
        return conditions::make_error_condition(conditions::file_exists);
      case errc::offline:
        return conditions::make_error_condition(conditions::network_unreachable);
      case errc::untrusted:
      case errc::not_pinned:
        return conditions::make_error_condition(conditions::operation_not_permitted);
      default:
        return {value, *this};
    }
  }
};

constexpr Category kCategory;

}  // namespace

const boost::system::error_category& error_category() noexcept { return kCategory; }

}  // namespace torchhub
