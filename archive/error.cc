#include <torchhub/archive/error.h>

namespace torchhub::archive {
namespace {

class Category final : public boost::system::error_category {
 public:
  constexpr Category() : error_category(0x2ad86f19c40be577) {}

  const char* name() const noexcept override { return "torchhub.archive"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::not_a_zip:
        return "not a zip archive";
      case errc::damaged_zip:
        return "a damaged zip archive";
      case errc::unsafe_name:
        return "an entry with an unsafe name";
      case errc::unsupported_entry:
        return "an entry of a kind that is not read";
      case errc::crc_mismatch:
        return "an entry whose checksum is wrong";
      case errc::limit_exceeded:
        return "more than the limits allow";
      case errc::not_a_checkpoint:
        return "not a checkpoint";
      case errc::unsupported_format:
        return "a checkpoint format that is not read";
      case errc::damaged_pickle:
        return "a damaged pickle";
      case errc::refused_global:
        return "a pickle that names a global which is not allowed";
      case errc::damaged_checkpoint:
        return "a damaged checkpoint";
      case errc::not_contiguous:
        return "a tensor whose bytes are not in one piece";
      case errc::no_such_tensor:
        return "no tensor of this name";
      case errc::file_changed:
        return "a file that was cut off while it was read";
    }
    return "unknown error";
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    namespace conditions = boost::system::errc;
    switch (static_cast<errc>(value)) {
      case errc::limit_exceeded:
        return conditions::make_error_condition(conditions::file_too_large);
      case errc::unsupported_entry:
      case errc::unsupported_format:
        return conditions::make_error_condition(conditions::not_supported);
      case errc::refused_global:
      case errc::unsafe_name:
        return conditions::make_error_condition(conditions::operation_not_permitted);
      case errc::not_contiguous:
      case errc::no_such_tensor:
        return conditions::make_error_condition(conditions::invalid_argument);
      default:
        return conditions::make_error_condition(conditions::bad_message);
    }
  }
};

constexpr Category kCategory;

}  // namespace

const boost::system::error_category& error_category() noexcept { return kCategory; }

void throw_exception_from_error(const Flaw& flaw, const boost::source_location&) {
  throw Error(flaw.code, flaw.what);
}

}  // namespace torchhub::archive
