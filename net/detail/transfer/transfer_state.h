#ifndef TORCHHUB_NET_DETAIL_TRANSFER_TRANSFER_STATE_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_TRANSFER_STATE_H_
// What a download remembers of itself in a ResumableSink, as bytes and back. Pure.

#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/detail/transfer/body.h>
#include <torchhub/net/entity.h>

#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

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

namespace transfer_state_detail {

inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kRecordBytes = 16;

// The state never leaves the machine: numbers are in its own byte order.
template <class Number>
void put(Bytes& out, Number number) {
  static_assert(std::is_arithmetic_v<Number>);
  const auto* first = reinterpret_cast<const std::byte*>(&number);
  out.insert(out.end(), first, first + sizeof number);
}

inline void put(Bytes& out, std::span<const std::byte> bytes) {
  put(out, static_cast<std::uint64_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

inline void put(Bytes& out, const std::string& text) { put(out, std::as_bytes(std::span(text))); }

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class Number>
  Number number() {
    Number value{};
    const auto bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::span<const std::byte> bytes() { return take(number<std::uint64_t>()); }
  std::string text() {
    const auto taken = bytes();
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  bool is_sound() const { return is_sound_; }
  bool is_empty() const { return rest_.empty(); }

 private:
  std::span<const std::byte> take(std::uint64_t count) {
    if (count > rest_.size()) is_sound_ = false;
    if (!is_sound_) return {};
    const auto taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return taken;
  }

  std::span<const std::byte> rest_;
  bool is_sound_ = true;
};

inline void restore(Granules& granules, std::uint64_t index, std::uint32_t filled,
                    std::uint32_t crc) {
  if (index >= granules.count()) return;
  const auto at = static_cast<std::size_t>(index);
  if (filled <= granules.range(at).size()) granules.restore(at, filled, crc);
}

}  // namespace transfer_state_detail

inline Bytes encode_log_record(std::size_t index, std::uint32_t filled, std::uint32_t crc) {
  using namespace transfer_state_detail;
  Bytes out;
  put(out, static_cast<std::uint64_t>(index));
  put(out, filled);
  put(out, crc);
  return out;
}

inline Bytes encode(const TransferState& state) {
  using namespace transfer_state_detail;
  Bytes out;
  put(out, kVersion);
  put(out, kGranuleBytes);
  put(out, state.granules.total());
  put(out, state.url);
  put(out, state.entity.etag);
  put(out, state.entity.last_modified);
  put(out, static_cast<std::uint8_t>(state.entity.last_modified_is_strong));
  put(out, state.digested);
  put(out, std::span<const std::byte>(state.midstate));
  for (const std::size_t i : state.granules.begun()) {
    const auto filled =
        static_cast<std::uint32_t>(state.granules.front(i) - state.granules.range(i).begin);
    put(out, static_cast<std::uint64_t>(i));
    put(out, filled);
    put(out, state.granules.crc(i));
  }
  return out;
}

inline std::optional<TransferState> decode(std::span<const std::byte> state,
                                           std::span<const std::byte> log) {
  using namespace transfer_state_detail;
  Reader in(state);
  if (in.number<std::uint32_t>() != kVersion || in.number<std::uint64_t>() != kGranuleBytes)
    return std::nullopt;
  const auto total = in.number<std::uint64_t>();
  TransferState decoded{Granules(0)};
  decoded.entity.total = total;
  decoded.url = in.text();
  decoded.entity.etag = in.text();
  decoded.entity.last_modified = in.text();
  decoded.entity.last_modified_is_strong = in.number<std::uint8_t>() != 0;
  decoded.digested = in.number<std::uint64_t>();
  const auto midstate = in.bytes();
  if (!in.is_sound() || total > kMaxFileBytes) return std::nullopt;
  decoded.midstate.assign(midstate.begin(), midstate.end());
  decoded.granules = Granules(total);
  const auto restore_all = [&](Reader& reader) {
    while (!reader.is_empty() && reader.is_sound()) {
      const auto index = reader.number<std::uint64_t>();
      const auto filled = reader.number<std::uint32_t>();
      const auto crc = reader.number<std::uint32_t>();
      if (reader.is_sound()) restore(decoded.granules, index, filled, crc);
    }
  };
  restore_all(in);
  if (!in.is_sound()) return std::nullopt;
  Reader records(log.first(log.size() / kRecordBytes * kRecordBytes));
  restore_all(records);
  if (decoded.digested > decoded.granules.contiguous_end(0)) return std::nullopt;
  return decoded;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_TRANSFER_STATE_H_
