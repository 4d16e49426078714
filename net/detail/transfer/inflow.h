#ifndef TORCHHUB_NET_DETAIL_TRANSFER_INFLOW_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_INFLOW_H_
// What one answer brings, cut into pieces that end where granules do. Pure.

#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/detail/transfer/body.h>
#include <torchhub/net/detail/transfer/spare_pieces.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace torchhub::net::detail {

class Inflow {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The answer's first byte is that at `offset` of the file. `pieces` must outlive it.
  Inflow(SparePieces& pieces, std::uint64_t offset)
      : pieces_(pieces), offset_(offset), piece_(pieces.take()) {}

  /// Where the next byte lies.
  std::uint64_t end() const { return offset_ + filled_; }

  /// Room for what comes next: up to `limit`, and no further than the granule.
  std::span<std::byte> room(std::uint64_t limit) {
    const std::uint64_t granule_end = (offset_ / kGranuleBytes + 1) * kGranuleBytes;
    stop_ = std::min(limit, granule_end);
    return std::span(*piece_).subspan(filled_, static_cast<std::size_t>(stop_ - end()));
  }
  /// So many bytes of the room came.
  void add(std::size_t bytes, Time now) {
    if (filled_ == 0) first_byte_ = now;
    filled_ += bytes;
  }

  /// Whether the piece is to be written: it is full, or its bytes have waited for long. What a slow connection
  /// brings is not kept back, so that another one may go on from there.
  bool is_due(Time now) const { return end() >= stop_ || now - first_byte_ >= kMaxWait; }

  struct Taken {
    std::uint64_t offset = 0;
    Piece piece;
    std::size_t size = 0;
  };
  /// What came since the last take(), perhaps nothing.
  Taken take() {
    if (filled_ == 0) return Taken{};
    Taken taken{offset_, std::move(piece_), filled_};
    offset_ += std::exchange(filled_, 0);
    piece_ = pieces_.take();
    return taken;
  }
  /// Forgets what came since the last take().
  void drop() { filled_ = 0; }

 private:
  static constexpr std::chrono::milliseconds kMaxWait{250};

  SparePieces& pieces_;
  std::uint64_t offset_;
  Piece piece_;
  std::size_t filled_ = 0;
  std::uint64_t stop_ = 0;
  Time first_byte_{};
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_INFLOW_H_
