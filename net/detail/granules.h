#ifndef TORCHHUB_NET_DETAIL_GRANULES_H_
#define TORCHHUB_NET_DETAIL_GRANULES_H_
// Which bytes of a file are there, in granules of 256 KiB, each filled from its front; and a CRC-32C
// of each, which finds the bad one where a whole file's hash is wrong. Memory and time go with what is
// there, not with the file's length: that is a server's claim. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace torchhub::net::detail {

inline constexpr std::uint64_t kGranuleBytes = std::uint64_t{256} << 10;
/// What off_t can count: no file is longer.
inline constexpr std::uint64_t kMaxFileBytes = (std::uint64_t{1} << 63) - 1;

/// Bytes from `begin` to before `end`.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

class Granules {
 public:
  /// A file of `total` bytes, none there.
  explicit Granules(std::uint64_t total) : total_(total) {}

  std::uint64_t total() const { return total_; }
  std::size_t count() const {
    return static_cast<std::size_t>(total_ / kGranuleBytes + (total_ % kGranuleBytes > 0 ? 1 : 0));
  }
  /// Bytes that are there.
  std::uint64_t filled() const { return filled_total_; }
  bool is_complete() const { return filled_total_ == total_; }

  /// Where granule `index` lies.
  Range range(std::size_t index) const;
  bool is_full(std::size_t index) const { return filled_of(index) == range(index).size(); }
  /// CRC-32C of what is there of granule `index`, if all of it came through write().
  std::uint32_t crc(std::size_t index) const;
  /// The granules that anything is there of, in order.
  std::vector<std::size_t> begun() const;

  /// Takes [offset, offset + length) as there and returns how much of it was new. Only what
  /// continues a granule's front counts: a writer goes forward from there.
  std::uint64_t fill(std::uint64_t offset, std::uint64_t length);
  /// fill() that also keeps the granules' CRCs; `crc` is that of `bytes`.
  std::uint64_t write(std::uint64_t offset, std::span<const std::byte> bytes, std::uint32_t crc);
  /// Takes the first `bytes` of granule `index` as there, with their CRC: what a journal said.
  void restore(std::size_t index, std::uint32_t bytes, std::uint32_t crc);
  /// Takes granule `index` as not there.
  void drop(std::size_t index);

  /// The end of the bytes that are there without a gap from `offset` on; `offset` if there are none.
  std::uint64_t contiguous_end(std::uint64_t offset) const;
  /// What is not there, in order.
  std::vector<Range> missing() const { return missing(Range{0, total_}); }
  /// What of `within` is not there, in order.
  std::vector<Range> missing(Range within) const;
  /// The offset of the first byte of granule `index` that is not there: where its writer goes on.
  std::uint64_t front(std::size_t index) const { return range(index).begin + filled_of(index); }

 private:
  // What is known of 1024 granules in a row: 256 MiB of the file.
  static constexpr std::size_t kPageGranules = 1024;
  struct Page {
    std::array<std::uint32_t, kPageGranules> filled{};
    std::array<std::uint32_t, kPageGranules> crcs{};
  };

  /// The first granule of the page that `index` is on.
  static std::size_t page_begin(std::size_t index) { return index / kPageGranules * kPageGranules; }
  const Page* page_of(std::size_t index) const;
  std::uint32_t filled_of(std::size_t index) const;

  std::uint64_t total_;
  std::uint64_t filled_total_ = 0;
  std::uint64_t contiguous_ =
      0;  // all before it is there: nobody counts a large file's granules again
  std::map<std::size_t, Page>
      pages_;  // by the number of their first granule, those that were touched
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_GRANULES_H_
