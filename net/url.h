#ifndef TORCHHUB_NET_URL_H_
#define TORCHHUB_NET_URL_H_
// An http or https URL, taken apart once (by Boost.URL) and kept as the parts a request needs.
//
//   net::Url url = net::Url::parse("https://example.com/a.pth?x=1").value();
//   url.origin().host;     // example.com
//   url.target();          // /a.pth?x=1
//   url.resolve("b.pth").value().text();    // https://example.com/b.pth
//
// Pure. Source: RFC 3986; RFC 9110 section 4.2 for the schemes and their default ports.

#include <torchhub/net/error.h>
#include <torchhub/net/export.h>

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace torchhub::net {

/// Scheme, host and port: what a secret is meant for (RFC 6454).
struct Origin {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case, an IPv6 address without its brackets
  std::uint16_t port = 0;

  bool operator==(const Origin&) const = default;
  bool is_secure() const { return scheme == "https"; }
};

/// `text`, which may be no URL at all, for people's eyes: without user name, password and query,
/// which may be a signature, and fragment.
TORCHHUB_NET_EXPORT std::string redact_url(std::string_view text);

/// `sentence` with what looks like a URL in it so redacted, but for fragments: for what others wrote, who know
/// nothing of secrets. A URL ends at a blank or a quotation mark.
TORCHHUB_NET_EXPORT std::string redact_urls(std::string_view sentence);

/// The URL of the file `name` beside the one at `text`, or, with slashes in it, in folders below: with its
/// user name and password, without its query.
/// errc::invalid_url where `text` is none or ends in no file.
TORCHHUB_NET_EXPORT boost::system::result<std::string> url_beside(std::string_view text,
                                                                  std::string_view name);

class TORCHHUB_NET_EXPORT Url {
 public:
  /// errc::invalid_url unless `text` is an absolute http or https URL with a host. A user name and
  /// password may hold what they should not, such as an "@": the last one separates, as with curl.
  static boost::system::result<Url> parse(std::string_view text);

  /// The URL that `reference` means when it stands in an answer to this one (RFC 3986 section 5). What the
  /// reference says stays byte for byte, dot segments excepted; bytes that may not stand in a path or query, a "%"
  /// without two digits among them, are percent-encoded. errc::invalid_url as for parse().
  boost::system::result<Url> resolve(std::string_view reference) const;

  /// The whole URL without its fragment, user name and password.
  const std::string& text() const { return text_; }
  const Origin& origin() const { return origin_; }
  /// Path and query, as a request line has them.
  const std::string& target() const { return target_; }
  /// The Host header: host and, unless it is the scheme's own, port.
  const std::string& host_header() const { return host_header_; }

  /// "user:password", percent-decoded, where the URL held them; "" else. Kept apart from text(), so
  /// that no log shows them.
  const std::string& credentials() const { return credentials_; }

  /// redact_url() of this URL.
  std::string redacted() const { return redact_url(text_); }

 private:
  Url() = default;

  std::string text_;
  Origin origin_;
  std::string target_;
  std::string host_header_;
  std::string credentials_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_URL_H_
