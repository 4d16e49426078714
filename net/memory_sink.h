#ifndef TORCHHUB_NET_MEMORY_SINK_H_
#define TORCHHUB_NET_MEMORY_SINK_H_
// A body in memory. Models net::ResumableSink: a download that failed goes on with the same sink.
//
//   net::MemorySink sink;
//   co_await net::async_download(client, url, sink, net::NoDigest(), options);
//   std::string text = sink.text();

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace torchhub::net {

/// Grows with what arrives; DownloadOptions::max_bytes is what bounds it.
class MemorySink {
 public:
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    const std::size_t end = static_cast<std::size_t>(offset) + bytes.size();
    if (end > bytes_.size()) bytes_.resize(end);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  // A server's word is no reason to take memory before the bytes are there.
  void size_hint(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes < bytes_.size()) bytes_.resize(static_cast<std::size_t>(bytes));
  }

  void read_at(std::uint64_t offset, std::span<std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
  }
  void save_state(std::span<const std::byte> state) {
    state_.assign(state.begin(), state.end());
    log_.clear();
  }
  void append_log(std::span<const std::byte> record) {
    log_.insert(log_.end(), record.begin(), record.end());
  }
  // There is nothing here that could survive the machine.
  void flush_state(std::span<const std::byte>) {}
  std::vector<std::byte> load_state() { return state_; }
  std::vector<std::byte> load_log() { return log_; }

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::mutex mutex_;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> state_;
  std::vector<std::byte> log_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_MEMORY_SINK_H_
