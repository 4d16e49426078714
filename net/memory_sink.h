#ifndef TORCHHUB_NET_MEMORY_SINK_H_
#define TORCHHUB_NET_MEMORY_SINK_H_
// A body in memory. Models net::ByteSink.
//
//   net::MemorySink sink;
//   co_await net::async_download(client, url, sink, net::NoDigest(), options);
//   std::string text = sink.text();

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace torchhub::net {

/// Grows with what arrives; DownloadOptions::max_bytes is what bounds it.
class MemorySink {
 public:
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    const std::size_t end = static_cast<std::size_t>(offset) + bytes.size();
    if (end > bytes_.size()) bytes_.resize(end);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  // A server's word is no reason to take memory before the bytes are there.
  void size_hint(std::uint64_t) {}

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_MEMORY_SINK_H_
