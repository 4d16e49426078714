#ifndef TORCHHUB_NET_DETAIL_TRANSFER_BODY_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_BODY_H_
// A borrowed sink and digest of any type, so that the engine is compiled once.

#include <torchhub/net/concepts.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace torchhub::net::detail {

using Bytes = std::vector<std::byte>;
/// A piece of a body in memory, handed on without a copy.
using Piece = std::shared_ptr<Bytes>;

class Body {
 public:
  virtual ~Body() = default;

  virtual void size_hint(std::uint64_t bytes) = 0;
  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;

  /// Whether the sink is a ResumableSink; the next six are called only if it is.
  virtual bool is_resumable() const = 0;
  virtual void read_at(std::uint64_t offset, std::span<std::byte> bytes) = 0;
  virtual void save_state(std::span<const std::byte> state) = 0;
  virtual void append_log(std::span<const std::byte> record) = 0;
  virtual void flush_state(std::span<const std::byte> state) = 0;
  virtual Bytes load_state() = 0;
  virtual Bytes load_log() = 0;

  virtual void update(std::span<const std::byte> bytes) = 0;
  virtual Bytes midstate() const = 0;
  virtual bool restore(std::span<const std::byte> midstate) = 0;
  virtual Bytes finish() = 0;
};

template <ByteSink Sink, Digest Hash>
class BodyOf final : public Body {
 public:
  BodyOf(Sink& sink, Hash& digest) : sink_(sink), digest_(digest) {}

  void size_hint(std::uint64_t bytes) override { sink_.size_hint(bytes); }
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    sink_.write_at(offset, bytes);
  }

  bool is_resumable() const override { return ResumableSink<Sink>; }
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) override {
    if constexpr (ResumableSink<Sink>) sink_.read_at(offset, bytes);
  }
  void save_state(std::span<const std::byte> state) override {
    if constexpr (ResumableSink<Sink>) sink_.save_state(state);
  }
  void append_log(std::span<const std::byte> record) override {
    if constexpr (ResumableSink<Sink>) sink_.append_log(record);
  }
  void flush_state(std::span<const std::byte> state) override {
    if constexpr (ResumableSink<Sink>) sink_.flush_state(state);
  }
  Bytes load_state() override {
    if constexpr (ResumableSink<Sink>) return sink_.load_state();
    return {};
  }
  Bytes load_log() override {
    if constexpr (ResumableSink<Sink>) return sink_.load_log();
    return {};
  }

  void update(std::span<const std::byte> bytes) override { digest_.update(bytes); }
  Bytes midstate() const override {
    const auto state = digest_.midstate();
    return Bytes(state.begin(), state.end());
  }
  bool restore(std::span<const std::byte> midstate) override { return digest_.restore(midstate); }
  Bytes finish() override {
    const auto digest = digest_.finish();
    return Bytes(digest.begin(), digest.end());
  }

 private:
  Sink& sink_;
  Hash& digest_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_BODY_H_
