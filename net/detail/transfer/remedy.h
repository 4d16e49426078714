#ifndef TORCHHUB_NET_DETAIL_TRANSFER_REMEDY_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_REMEDY_H_
// What a failed attempt of one connection means for the whole download. Pure.

#include <torchhub/net/error.h>
#include <torchhub/net/retry.h>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

namespace torchhub::net::detail {

/// A failed attempt, and what goes on beside it.
struct Setback {
  boost::system::error_code code;
  Verdict verdict = Verdict::fatal;
  unsigned attempts = 0;         ///< failed since something new came, this one included
  unsigned max_attempts = 0;     ///< without others beside them
  unsigned worker_failures = 0;  ///< of this connection in a row, this one included
  bool others_get_on = false;    ///< there are other connections
  bool gets_no_better = false;   ///< all connections together are too slow, and have been for long
  bool had_as_many = false;      ///< the other connections are as many as there ever were at once
};

struct Remedy {
  bool gives_up = false;      ///< asks the next mirror, or ends the download
  bool halves = false;        ///< half the connections, and no more for a while
  bool keeps_open = false;    ///< no more connections than the others, for a while
  bool drops_worker = false;  ///< this connection is one too many
  bool waits = false;         ///< nothing else goes on until the next attempt
};

namespace remedy_detail {

// A connection that fails so often while others get on is one too many.
inline constexpr unsigned kMaxWorkerFailures = 3;

}  // namespace remedy_detail

inline Remedy remedy_for(const Setback& setback) {
  Remedy remedy;
  const bool is_unknown_host =
      setback.code == boost::asio::error::host_not_found && setback.attempts > 1;
  const bool is_drip = setback.code == errc::too_slow && setback.gets_no_better;
  if (setback.verdict == Verdict::fatal || setback.verdict == Verdict::re_resolve ||
      is_unknown_host || is_drip) {
    remedy.gives_up = true;
  } else if (setback.others_get_on) {
    if (setback.code == errc_of_status(503)) {
      // It has room for the others. Where it had room for more, it has not noticed yet that one of them was
      // closed.
      remedy.keeps_open = setback.had_as_many || setback.worker_failures > 1;
    } else {
      remedy.halves = setback.verdict == Verdict::push_back;
    }
    remedy.drops_worker = setback.worker_failures >= remedy_detail::kMaxWorkerFailures;
  } else if (setback.attempts >= setback.max_attempts) {
    remedy.gives_up = true;
  } else {
    remedy.waits = true;
  }
  return remedy;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_REMEDY_H_
