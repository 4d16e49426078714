#include <torchhub/python/error.h>

namespace torchhub::python {
namespace {

class Category final : public boost::system::error_category {
 public:
  constexpr Category() : error_category(0x95e04d7b1f68c233) {}

  const char* name() const noexcept override { return "torchhub.python"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::cannot_start:
        return "the Python interpreter cannot start";
      case errc::no_hubconf:
        return "there is no hubconf.py";
      case errc::bad_hubconf:
        return "hubconf.py cannot be parsed";
      case errc::missing_dependencies:
        return "dependencies are not installed";
      case errc::no_such_entry_point:
        return "there is no such entry point";
      case errc::exception:
        return "Python code raised an exception";
      case errc::worker_failed:
        return "the process that ran hubconf.py failed";
      case errc::not_a_virtual_environment:
        return "not a virtual environment";
      case errc::installation_failed:
        return "packages could not be installed";
      case errc::bad_distribution_name:
        return "not the name of a Python package";
      case errc::weak_sandbox:
        return "the sandbox lacks a wall";
      case errc::no_environment:
        return "there is no such Python";
      case errc::does_not_fit:
        return "the Python environment does not fit the program";
      case errc::wrong_type:
        return "not an object of the kind that was asked for";
      case errc::stopped:
        return "Python code was stopped";
    }
    return "unknown error";
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    namespace conditions = boost::system::errc;
    switch (static_cast<errc>(value)) {
      case errc::no_hubconf:
      case errc::no_such_entry_point:
      case errc::missing_dependencies:
      case errc::no_environment:
        return conditions::make_error_condition(conditions::no_such_file_or_directory);
      case errc::bad_hubconf:
        return conditions::make_error_condition(conditions::bad_message);
      case errc::stopped:
        return conditions::make_error_condition(conditions::operation_canceled);
      default:
        return {value, *this};
    }
  }
};

constexpr Category kCategory;

}  // namespace

const boost::system::error_category& error_category() noexcept { return kCategory; }

Error no_such_entry_point(std::string_view name) {
  return Error(errc::no_such_entry_point,
               "Cannot find callable " + std::string(name) + " in hubconf");
}

}  // namespace torchhub::python
