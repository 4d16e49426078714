#ifndef TORCHHUB_NET_UPLOAD_BODY_H_
#define TORCHHUB_NET_UPLOAD_BODY_H_
// What is sent: so many bytes, read as they go.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace torchhub::net {

struct UploadBody {
  /// Fills the span with what is at the offset; may throw, which ends the upload.
  using ReadAt = std::function<void(std::uint64_t offset, std::span<std::byte>)>;

  UploadBody() = default;
  UploadBody(std::uint64_t body_bytes, ReadAt body_read_at)
      : bytes(body_bytes), read_at(std::move(body_read_at)) {}

  std::uint64_t bytes = 0;
  ReadAt read_at;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_UPLOAD_BODY_H_
