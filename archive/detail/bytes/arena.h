#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_ARENA_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_ARENA_H_
// Memory for many small things that die together, with a limit. What it holds is not destroyed.
//
//   Arena arena(std::size_t{64} << 20);
//   std::string_view name = arena.copy("conv1.weight");

#include <torchhub/archive/error.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

class Arena {
 public:
  /// `limit`: of all that is ever allocated, in bytes.
  explicit Arena(std::size_t limit) : limit_(limit) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Raises the limit.
  void allow(std::size_t bytes) { limit_ += bytes; }

  /// Room for `count` objects, not begun. Throws: errc::limit_exceeded.
  template <class T>
  T* allocate(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= kAlignment);
    if (count > limit_ / sizeof(T)) fail();
    return static_cast<T*>(allocate_bytes(count * sizeof(T)));
  }

  template <class T, class... Arguments>
  T* make(Arguments&&... arguments) {
    return new (allocate<T>(1)) T{std::forward<Arguments>(arguments)...};
  }

  /// Takes back what was allocated last. False where `items` is something else.
  template <class T>
  bool take_back(const T* items, std::size_t count) {
    const std::size_t bytes = padded(count * sizeof(T));
    const auto* const begin = reinterpret_cast<const std::byte*>(items);
    if (begin + bytes != next_) return false;
    next_ -= bytes;
    return true;
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const copied = allocate<char>(text.size());
    std::memcpy(copied, text.data(), text.size());
    return {copied, text.size()};
  }

 private:
  static constexpr std::size_t kAlignment = 8;
  static constexpr std::size_t kFirstBlock = std::size_t{16} << 10;
  static constexpr std::size_t kLargestBlock = std::size_t{96}
                                               << 10;  // malloc keeps such for reuse

  static std::size_t padded(std::size_t bytes) {
    return (bytes + kAlignment - 1) & ~(kAlignment - 1);
  }

  void* allocate_bytes(std::size_t bytes) {
    bytes = padded(bytes);
    if (bytes > static_cast<std::size_t>(end_ - next_)) add_block(bytes);
    return std::exchange(next_, next_ + bytes);
  }

  void add_block(std::size_t bytes) {
    const std::size_t size = std::max(bytes, block_);
    if (size > limit_ - used_) fail();
    blocks_.push_back(std::unique_ptr<std::byte[]>(new std::byte[size]));
    used_ += size;
    next_ = blocks_.back().get();
    end_ = next_ + size;
    block_ = std::min(block_ * 2, kLargestBlock);
  }

  [[noreturn]] void fail() const {
    throw Error(errc::limit_exceeded, "its values would take more than the " +
                                          std::to_string(limit_) + " bytes that are allowed");
  }

  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t block_ = kFirstBlock;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_ARENA_H_
