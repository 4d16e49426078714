#ifndef TORCHHUB_NET_DETAIL_TRANSFER_GUNZIP_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_GUNZIP_H_
// Undoes Content-Encoding: gzip, piece by piece.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace torchhub::net::detail {

class Gunzip {
 public:
  Gunzip();
  ~Gunzip();

  /// Decodes `bytes`, the next ones, and hands on what comes out. False where they are no gzip, or
  /// swell as no model does: to more than 64 MiB and 200 times.
  bool decode(std::span<const std::byte> bytes,
              const std::function<void(std::span<const std::byte>)>& take);
  /// Whether the last member has ended.
  bool is_complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_GUNZIP_H_
