#ifndef TORCHHUB_NET_DETAIL_TRANSFER_TALLY_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_TALLY_H_
// What is counted of a download, and told of it: while it goes on and when it is over. Pure.

#include <torchhub/net/detail/plan/rate_meter.h>
#include <torchhub/net/progress.h>
#include <torchhub/net/received.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::net::detail {

/// How much of the file there is.
struct Extent {
  std::uint64_t bytes = 0;             ///< that are there
  std::optional<std::uint64_t> total;  ///< where it is known
};

class Tally {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// The longest time between two reports.
  static constexpr std::chrono::milliseconds kReportEvery{100};

  explicit Tally(Time start) : meter_(start, kMeterSeconds) {}

  void add_bytes(std::size_t bytes, Time now) {
    meter_.add(bytes, now);
    received += bytes;
  }

  bool is_report_due(Time now) const { return now - reported_at_ >= kReportEvery; }
  Progress report(Extent extent, unsigned connections, Time now) {
    reported_at_ = now;
    Progress progress;
    progress.bytes = extent.bytes;
    progress.total = extent.total;
    progress.resumed_bytes = resumed_bytes;
    progress.bytes_per_second = meter_.rate(now);
    progress.connections = connections;
    progress.phase = extent.total == extent.bytes ? Phase::verifying
                     : is_waiting                 ? Phase::waiting
                     : received > 0               ? Phase::downloading
                                                  : Phase::connecting;
    return progress;
  }
  Progress last_report(std::uint64_t bytes, unsigned connections, Time now) {
    Progress progress = report(Extent{bytes, bytes}, connections, now);
    progress.phase = Phase::done;
    return progress;
  }

  Received result(std::uint64_t bytes, std::vector<std::byte> digest) const {
    Received result;
    result.url = final_url;
    result.bytes = bytes;
    result.digest = std::move(digest);
    result.resumed_bytes = resumed_bytes;
    result.connections = most_connections;
    result.requests = requests;
    result.reads = reads;
    return result;
  }

  std::uint64_t received = 0;       ///< since the file was opened
  std::uint64_t resumed_bytes = 0;  ///< what an earlier download had brought
  unsigned most_connections = 0;    ///< at once
  unsigned requests = 0;
  std::uint64_t reads = 0;
  std::string final_url;
  bool is_waiting = false;  ///< for another attempt

 private:
  static constexpr double kMeterSeconds = 2;

  RateMeter meter_;
  Time reported_at_{};
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_TALLY_H_
