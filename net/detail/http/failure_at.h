#ifndef TORCHHUB_NET_DETAIL_HTTP_FAILURE_AT_H_
#define TORCHHUB_NET_DETAIL_HTTP_FAILURE_AT_H_
// What is said of a step that failed. Pure.

#include <torchhub/net/error.h>
#include <torchhub/net/url.h>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <string>

namespace torchhub::net::detail {

/// The error for a step that failed with `code`: one that a caller can judge by.
inline Error failure_at(const Url& url, const std::string& step, boost::system::error_code code,
                        const std::string& reason = "") {
  const std::string where = url.redacted() + ": " + step + ": ";
  if (code == errc::timed_out) return Error(code, where + "no answer in time");
  if (code == errc::certificate_rejected) return Error(code, url.redacted() + ": " + reason);
  if (code == boost::asio::error::eof || code == errc::truncated)
    return Error(errc::truncated, where + "the server closed the connection too early");
  return Error(code, where + (reason.empty() ? code.message() : reason));
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_FAILURE_AT_H_
