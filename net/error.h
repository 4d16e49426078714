#ifndef TORCHHUB_NET_ERROR_H_
#define TORCHHUB_NET_ERROR_H_
// What can go wrong between a program and a server. A caller judges by code or by condition:
//
//   try {
//     fetch(url);
//   } catch (const boost::system::system_error& error) {
//     if (error.code() == net::errc_of_status(404)) return "it is not there";             // this server's answer
//     if (error.code() == boost::system::errc::timed_out) return "it takes too long";     // any module's time-out
//     if (net::is_transport_failure(error.code())) return what_is_cached(url);
//   }

#include <torchhub/net/export.h>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <string>
#include <utility>

namespace torchhub::net {

/// Values from 300 to 599 are the HTTP status (RFC 9110 section 15) of an answer that was not a
/// success. The operating system's and the resolver's own codes travel as they are.
enum class errc {
  invalid_url = 1,        ///< not an absolute http or https URL
  insecure_redirect,      ///< an https URL redirected to http
  too_many_redirects,     ///< more than ClientOptions::max_redirects
  bad_response,           ///< not HTTP, or an answer that the request did not allow
  truncated,              ///< the connection ended before the body did
  too_large,              ///< the body is longer than the caller allowed
  certificate_rejected,   ///< the server could not prove its name
  no_certificates,        ///< there are no certificates to trust
  tls_failure,            ///< the TLS handshake or record layer failed otherwise
  timed_out,              ///< connect, header, stall or the caller's deadline
  content_changed,        ///< the server's file became another one while it was downloaded
  unsupported_encoding,   ///< a Content-Encoding that was not asked for and can't be undone
  proxy_refused,          ///< the proxy would not connect; what() has its status
  bad_downloader_config,  ///< TORCHHUB_DOWNLOADER_CONFIG's file can't be used
  blocked,                ///< the downloader configuration lets no address of the file pass
  server_too_busy,        ///< asks to be left alone for longer than kMaxRetryAfter
  too_slow,               ///< less than ClientOptions::least_rate came
};

TORCHHUB_NET_EXPORT const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

/// The code that an HTTP status other than 2xx becomes.
inline errc errc_of_status(unsigned status) noexcept { return static_cast<errc>(status); }

/// Whether `code` says that no usable answer came: no connection, no trust, no time, or a server
/// that is busy or broken (403, 408, 429, 5xx). A cached copy may stand in for it.
TORCHHUB_NET_EXPORT bool is_transport_failure(const boost::system::error_code& code) noexcept;

struct Refusal;  // net/refusal.h

/// Thrown by every function of this room; what() is one sentence that names the URL, without
/// secrets.
class TORCHHUB_NET_EXPORT Error : public boost::system::system_error {
 public:
  Error(boost::system::error_code code, std::string sentence,
        std::shared_ptr<const Refusal> refusal = nullptr)
      : system_error(code), sentence_(std::move(sentence)), refusal_(std::move(refusal)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }
  /// The server's answer, where that is what went wrong; else null.
  const std::shared_ptr<const Refusal>& refusal() const { return refusal_; }

 private:
  std::string sentence_;
  std::shared_ptr<const Refusal> refusal_;
};

}  // namespace torchhub::net

template <>
struct boost::system::is_error_code_enum<torchhub::net::errc> : std::true_type {};

#endif  // TORCHHUB_NET_ERROR_H_
