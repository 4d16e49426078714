#include <torchhub/net/error.h>

namespace torchhub::net {
namespace {

namespace conditions = boost::system::errc;

class Category final : public boost::system::error_category {
 public:
  constexpr Category() : error_category(0x51c3b7e60d2f4a88) {}

  const char* name() const noexcept override { return "torchhub.net"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::invalid_url:
        return "not an absolute http or https URL";
      case errc::insecure_redirect:
        return "redirected from https to http";
      case errc::too_many_redirects:
        return "too many redirects";
      case errc::bad_response:
        return "an answer that is not usable";
      case errc::truncated:
        return "the connection ended before the body did";
      case errc::too_large:
        return "the body is larger than allowed";
      case errc::certificate_rejected:
        return "the server's certificate was rejected";
      case errc::no_certificates:
        return "no certificates to trust";
      case errc::tls_failure:
        return "the TLS connection failed";
      case errc::timed_out:
        return "no answer in time";
      case errc::content_changed:
        return "the file changed on the server meanwhile";
      case errc::unsupported_encoding:
        return "an encoding that was not asked for";
      case errc::proxy_refused:
        return "the proxy refused to connect";
      case errc::bad_downloader_config:
        return "an unusable downloader configuration";
      case errc::blocked:
        return "blocked by the downloader configuration";
      case errc::server_too_busy:
        return "the server asks for a longer pause than is allowed";
      case errc::too_slow:
        return "the server sends hardly anything";
    }
    return "HTTP status " + std::to_string(value);
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<errc>(value)) {
      case errc::invalid_url:
      case errc::bad_downloader_config:
        return conditions::make_error_condition(conditions::invalid_argument);
      case errc::proxy_refused:
        return conditions::make_error_condition(conditions::connection_refused);
      case errc::server_too_busy:
        return conditions::make_error_condition(conditions::resource_unavailable_try_again);
      case errc::insecure_redirect:
      case errc::certificate_rejected:
      case errc::no_certificates:
      case errc::blocked:
        return conditions::make_error_condition(conditions::permission_denied);
      case errc::too_many_redirects:
      case errc::bad_response:
      case errc::truncated:
      case errc::tls_failure:
      case errc::content_changed:
      case errc::unsupported_encoding:
        return conditions::make_error_condition(conditions::protocol_error);
      case errc::too_large:
        return conditions::make_error_condition(conditions::file_too_large);
      case errc::timed_out:
      case errc::too_slow:
        return conditions::make_error_condition(conditions::timed_out);
    }
    switch (value) {
      case 401:
      case 403:
        return conditions::make_error_condition(conditions::permission_denied);
      case 404:
      case 410:
        return conditions::make_error_condition(conditions::no_such_file_or_directory);
      case 408:
      case 504:
        return conditions::make_error_condition(conditions::timed_out);
      case 429:
      case 503:
        return conditions::make_error_condition(conditions::resource_unavailable_try_again);
      default:
        return {value, *this};
    }
  }
};

constexpr Category kCategory;

}  // namespace

const boost::system::error_category& error_category() noexcept { return kCategory; }

bool is_transport_failure(const boost::system::error_code& code) noexcept {
  if (code.category() != kCategory) return true;
  switch (code.value()) {
    case static_cast<int>(errc::invalid_url):
    case static_cast<int>(errc::too_large):
    case static_cast<int>(errc::bad_downloader_config):
    case static_cast<int>(errc::blocked):
      return false;
    case 403:
    case 408:
    case 429:
      return true;
    default:
      return code.value() < 300 || code.value() >= 500;
  }
}

}  // namespace torchhub::net
