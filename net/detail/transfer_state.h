#ifndef TORCHHUB_NET_DETAIL_TRANSFER_STATE_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_STATE_H_
// What a download remembers of itself in a ResumableSink, as bytes and back. Pure.

#include <torchhub/net/detail/body.h>
#include <torchhub/net/detail/granules.h>
#include <torchhub/net/entity.h>

#include <optional>
#include <string>

namespace torchhub::net::detail {

struct TransferState {
  explicit TransferState(Granules present) : granules(std::move(present)) {}

  std::string url;             ///< without its query, which may be a signature that changes
  Entity entity;               ///< its total is that of `granules`
  std::uint64_t digested = 0;  ///< the digest's midstate is that of the bytes before
  Bytes midstate;
  Granules granules;
};

Bytes encode(const TransferState& state);

/// One granule of the log.
Bytes encode_log_record(std::size_t index, std::uint32_t filled, std::uint32_t crc);

/// Nothing where `state` is not what encode() made. A log record that does not fit is left out.
std::optional<TransferState> decode(std::span<const std::byte> state,
                                    std::span<const std::byte> log);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_STATE_H_
