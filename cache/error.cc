#include <torchhub/cache/error.h>

namespace torchhub::cache {
namespace {

class Category final : public boost::system::error_category {
 public:
  constexpr Category() : error_category(0x7c5f1d0a93e24b01) {}

  const char* name() const noexcept override { return "torchhub.cache"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::hash_mismatch:
        return "the content does not have the expected SHA-256";
      case errc::no_hash_in_name:
        return "the file name carries no hash to check";
      case errc::bad_hash:
        return "not a SHA-256 or the beginning of one";
      case errc::bad_name:
        return "no usable file name";
      case errc::part_changed:
        return "a file that was being made was changed by somebody else";
      case errc::lock_timeout:
        return "another process held the lock for too long";
    }
    return "unknown error";
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<errc>(value)) {
      case errc::hash_mismatch:
        return boost::system::errc::make_error_condition(boost::system::errc::bad_message);
      case errc::no_hash_in_name:
      case errc::bad_hash:
      case errc::bad_name:
        return boost::system::errc::make_error_condition(boost::system::errc::invalid_argument);
      case errc::part_changed:
        return boost::system::errc::make_error_condition(boost::system::errc::io_error);
      case errc::lock_timeout:
        return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
    }
    return {value, *this};
  }
};

constexpr Category kCategory;

}  // namespace

const boost::system::error_category& error_category() noexcept { return kCategory; }

}  // namespace torchhub::cache
