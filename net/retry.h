#ifndef TORCHHUB_NET_RETRY_H_
#define TORCHHUB_NET_RETRY_H_
// Whether a failure is worth another attempt, and when.
//
//   if (net::verdict_of(code, was_redirected) == net::Verdict::retry)
//     sleep_for(net::retry_delay(attempt, uniform(random_bits)));
//
// Pure: no clock and no random numbers of its own.

#include <torchhub/net/error.h>
#include <torchhub/net/http_date.h>
#include <torchhub/net/response_head.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

namespace torchhub::net {

enum class Verdict {
  fatal,       ///< the same request would fail in the same way
  retry,       ///< may pass: time-outs, resets, truncation, 408, 425, 500, 502, 504, 52x
  push_back,   ///< the server asks for less: 429, 503; a 403 that names a pause comes as 429
  re_resolve,  ///< a signed address may have expired: 400, 401, 403, 404, 410 after a redirect
};

/// `was_redirected`: the answer came from where a redirect led.
Verdict verdict_of(const boost::system::error_code& code, bool was_redirected);

/// Full jitter: `uniform`, from [0, 1), of min(20 s, 0.5 s x 2^attempt); attempts count from 0.
std::chrono::milliseconds retry_delay(unsigned attempt, double uniform);

/// How long the server wants to be left alone: Retry-After in seconds or as a date (RFC 9110 section
/// 10.2.3), else the reset of an exhausted RateLimit, else X-RateLimit-Reset's; never negative.
std::optional<std::chrono::seconds> retry_after(const ResponseHead& head,
                                                std::chrono::system_clock::time_point now);

/// The longest Retry-After that is obeyed; a longer one ends the download.
inline constexpr std::chrono::seconds kMaxRetryAfter{120};

/// What bounds the retries of all downloads from one origin: a bucket of 500, out of which a retry
/// takes 5, after a time-out 10, and into which a success puts 1.
class RetryBudget {
 public:
  /// Whether there is enough left for a retry; takes it.
  bool take(bool after_timeout);
  void add_success();

 private:
  static constexpr int kFull = 500;
  int tokens_ = kFull;
};

namespace retry_detail {

// Seconds, a thousand years: sums of two still fit.
inline constexpr std::int64_t kForever = 32'000'000'000;

inline std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  // What does not fit is very long all the same.
  if (failure == std::errc::result_out_of_range) value = text.front() == '-' ? 0 : kForever;
  if (end == text.data()) return std::nullopt;
  return std::clamp<std::int64_t>(value, -kForever, kForever);
}

// The parameter `name` of a RateLimit header: "limit=10, remaining=0, reset=30" or "r=0;t=30".
inline std::optional<std::int64_t> parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(name); at != header.npos; at = header.find(name, at + 1)) {
    const bool begins =
        at == 0 || header[at - 1] == ' ' || header[at - 1] == ';' || header[at - 1] == ',';
    const std::string_view rest = header.substr(at + name.size());
    if (begins && rest.starts_with('=')) return leading_number(rest.substr(1));
  }
  return std::nullopt;
}

inline std::optional<std::chrono::seconds> at_least_zero(std::int64_t value) {
  return std::chrono::seconds(std::max<std::int64_t>(value, 0));
}

}  // namespace retry_detail

inline Verdict verdict_of(const boost::system::error_code& code, bool was_redirected) {
  if (code.category() != error_category()) {
    namespace system = boost::system::errc;
    // What the operating system says of a disk, and of being told to stop.
    for (const auto fatal : {system::operation_canceled, system::no_space_on_device,
                             system::io_error, system::file_too_large, system::permission_denied,
                             system::read_only_file_system, system::no_such_file_or_directory}) {
      if (code == fatal) return Verdict::fatal;
    }
    return Verdict::retry;
  }
  switch (code.value()) {
    // S3 and Google answer 400 to a token that has expired.
    case 400:
    case 401:
    case 403:
    case 404:
    case 410:
      return was_redirected ? Verdict::re_resolve : Verdict::fatal;
    case 429:
    case 503:
      return Verdict::push_back;
    case 408:
    case 425:
    case 500:
    case 502:
    case 504:
    case static_cast<int>(errc::truncated):
    case static_cast<int>(errc::timed_out):
    case static_cast<int>(errc::too_slow):
    case static_cast<int>(errc::tls_failure):
    case static_cast<int>(errc::bad_response):
      return Verdict::retry;
    default:
      return code.value() >= 520 && code.value() <= 524 ? Verdict::retry : Verdict::fatal;
  }
}

inline std::chrono::milliseconds retry_delay(unsigned attempt, double uniform) {
  const double ceiling = std::min(20'000.0, 500.0 * std::exp2(std::min(attempt, 16u)));
  return std::chrono::milliseconds(static_cast<std::int64_t>(uniform * ceiling));
}

inline std::optional<std::chrono::seconds> retry_after(const ResponseHead& head,
                                                       std::chrono::system_clock::time_point now) {
  using namespace retry_detail;
  if (const auto value = head.find("retry-after")) {
    if (const auto count = leading_number(*value)) return at_least_zero(*count);
    if (const auto date = parse_http_date(*value))
      return at_least_zero(std::chrono::ceil<std::chrono::seconds>(*date - now).count());
  }
  if (const auto limit = head.find("ratelimit")) {
    const auto left = parameter(*limit, "r").has_value() ? parameter(*limit, "r")
                                                         : parameter(*limit, "remaining");
    const auto reset =
        parameter(*limit, "t").has_value() ? parameter(*limit, "t") : parameter(*limit, "reset");
    if (left == 0 && reset) return at_least_zero(*reset);
  }
  if (leading_number(head.find("x-ratelimit-remaining").value_or("")) == 0) {
    const auto reset = leading_number(head.find("x-ratelimit-reset").value_or(""));
    const auto epoch =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (reset) return at_least_zero(*reset - epoch);
  }
  return std::nullopt;
}

inline bool RetryBudget::take(bool after_timeout) {
  const int price = after_timeout ? 10 : 5;
  if (tokens_ < price) return false;
  tokens_ -= price;
  return true;
}

inline void RetryBudget::add_success() { tokens_ = std::min(tokens_ + 1, kFull); }

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_RETRY_H_
