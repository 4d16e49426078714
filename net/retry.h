#ifndef TORCHHUB_NET_RETRY_H_
#define TORCHHUB_NET_RETRY_H_
// Whether a failure is worth another attempt, and when.
//
//   if (net::verdict_of(code) == net::Verdict::retry)
//     sleep_for(net::retry_delay(attempt, uniform(random)));
//
// Pure: no clock and no random numbers of its own.

#include <torchhub/net/error.h>
#include <torchhub/net/export.h>
#include <torchhub/net/response_head.h>

#include <chrono>
#include <optional>

namespace torchhub::net {

enum class Verdict {
  fatal,       ///< the same request would fail in the same way
  retry,       ///< may pass: time-outs, resets, truncation, 408, 425, 500, 502, 504, 52x
  push_back,   ///< the server asks for less: 429, 503; a 403 that names a pause comes as 429
  re_resolve,  ///< a signed address may have expired: 400, 401, 403, 404, 410 after a redirect
};

/// `was_redirected`: the answer came from where a redirect led.
TORCHHUB_NET_EXPORT Verdict verdict_of(const boost::system::error_code& code, bool was_redirected);

/// Full jitter: `uniform`, from [0, 1), of min(20 s, 0.5 s x 2^attempt); attempts count from 0.
TORCHHUB_NET_EXPORT std::chrono::milliseconds retry_delay(unsigned attempt, double uniform);

/// How long the server wants to be left alone: Retry-After in seconds or as a date (RFC 9110 section
/// 10.2.3), else the reset of an exhausted RateLimit, else X-RateLimit-Reset's; never negative.
TORCHHUB_NET_EXPORT std::optional<std::chrono::seconds> retry_after(
    const ResponseHead& head, std::chrono::system_clock::time_point now);

/// The longest Retry-After that is obeyed; a longer one ends the download.
inline constexpr std::chrono::seconds kMaxRetryAfter{120};

/// What bounds the retries of all downloads from one origin: a bucket of 500, out of which a retry
/// takes 5, after a time-out 10, and into which a success puts 1.
class TORCHHUB_NET_EXPORT RetryBudget {
 public:
  /// Whether there is enough left for a retry; takes it.
  bool take(bool after_timeout);
  void add_success();

 private:
  static constexpr int kFull = 500;
  int tokens_ = kFull;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_RETRY_H_
