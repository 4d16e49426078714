#ifndef TORCHHUB_NET_DETAIL_HTTP_READ_BUFFER_H_
#define TORCHHUB_NET_DETAIL_HTTP_READ_BUFFER_H_
// What came off a stream and was not used yet. Pure.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::net::detail {

class ReadBuffer {
 public:
  ReadBuffer() = default;

  bool is_empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::span<const std::byte> bytes() const { return std::span(bytes_).subspan(begin_, size()); }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()) + begin_, size()};
  }
  void drop(std::size_t count) { begin_ += count; }

  /// Room for `count` more, of which add() then counts those that came.
  std::span<std::byte> room(std::size_t count) {
    if (begin_ > 0) {
      std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
                bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
      end_ -= std::exchange(begin_, 0);
    }
    if (bytes_.size() < end_ + count) bytes_.resize(end_ + count);
    return std::span(bytes_).subspan(end_, count);
  }
  void add(std::size_t count) { end_ += count; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_READ_BUFFER_H_
