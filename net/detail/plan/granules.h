#ifndef TORCHHUB_NET_DETAIL_PLAN_GRANULES_H_
#define TORCHHUB_NET_DETAIL_PLAN_GRANULES_H_
// Which bytes of a file are there, in granules of 256 KiB, each filled from its front; and a CRC-32C
// of each, which finds the bad one where a whole file's hash is wrong. Memory and time go with what is
// there, not with the file's length: that is a server's claim. Pure.

#include <torchhub/net/detail/crc32c.h>

#include <algorithm>
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

inline const Granules::Page* Granules::page_of(std::size_t index) const {
  const auto page = pages_.find(page_begin(index));
  return page == pages_.end() ? nullptr : &page->second;
}

inline std::uint32_t Granules::filled_of(std::size_t index) const {
  const Page* const page = page_of(index);
  return page ? page->filled[index % kPageGranules] : 0;
}

inline std::uint32_t Granules::crc(std::size_t index) const {
  const Page* const page = page_of(index);
  return page ? page->crcs[index % kPageGranules] : 0;
}

inline Range Granules::range(std::size_t index) const {
  const std::uint64_t begin = index * kGranuleBytes;
  // A total close to 2^64 has no room for the sum.
  return Range{begin, begin + std::min(kGranuleBytes, total_ - begin)};
}

inline std::vector<std::size_t> Granules::begun() const {
  std::vector<std::size_t> indices;
  for (const auto& [first, page] : pages_) {
    for (std::size_t i = 0; i < kPageGranules; ++i) {
      if (page.filled[i] > 0) indices.push_back(first + i);
    }
  }
  return indices;
}

inline std::uint64_t Granules::fill(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + std::min(length, total_ - std::min(offset, total_));
  std::uint64_t fresh = 0;
  for (std::uint64_t at = offset; at < end;) {
    const auto index = static_cast<std::size_t>(at / kGranuleBytes);
    const std::uint64_t stop = std::min(range(index).end, end);
    std::uint32_t& filled = pages_[page_begin(index)].filled[index % kPageGranules];
    const std::uint64_t own_front = range(index).begin + filled;
    if (at <= own_front && stop > own_front) {
      const std::uint64_t added = stop - own_front;
      filled += static_cast<std::uint32_t>(added);
      fresh += added;
    }
    at = stop;
  }
  filled_total_ += fresh;
  contiguous_ = contiguous_end(contiguous_);
  return fresh;
}

inline std::uint64_t Granules::write(std::uint64_t offset, std::span<const std::byte> bytes,
                                     std::uint32_t crc) {
  std::uint64_t fresh = 0;
  const std::size_t given = bytes.size();
  while (!bytes.empty() && offset < total_) {
    const auto index = static_cast<std::size_t>(offset / kGranuleBytes);
    const std::uint64_t length = std::min<std::uint64_t>(range(index).end - offset, bytes.size());
    const std::uint64_t before = front(index);
    if (const std::uint64_t added = fill(offset, length)) {
      const auto added_bytes =
          bytes.subspan(static_cast<std::size_t>(before - offset), static_cast<std::size_t>(added));
      const bool is_all = added == given && before == range(index).begin;
      std::uint32_t& known = pages_[page_begin(index)].crcs[index % kPageGranules];
      known = is_all ? crc : crc32c(added_bytes, known);
      fresh += added;
    }
    offset += length;
    bytes = bytes.subspan(static_cast<std::size_t>(length));
  }
  return fresh;
}

inline void Granules::restore(std::size_t index, std::uint32_t bytes, std::uint32_t crc) {
  drop(index);
  Page& page = pages_[page_begin(index)];
  page.filled[index % kPageGranules] = bytes;
  page.crcs[index % kPageGranules] = crc;
  filled_total_ += bytes;
  contiguous_ = contiguous_end(contiguous_);
}

inline void Granules::drop(std::size_t index) {
  const auto found = pages_.find(page_begin(index));
  if (found == pages_.end()) return;
  Page& page = found->second;
  filled_total_ -= page.filled[index % kPageGranules];
  page.filled[index % kPageGranules] = 0;
  page.crcs[index % kPageGranules] = 0;
  contiguous_ = std::min(contiguous_, range(index).begin);
}

inline std::uint64_t Granules::contiguous_end(std::uint64_t offset) const {
  std::uint64_t at = offset <= contiguous_ ? contiguous_ : offset;
  while (at < total_) {
    const auto index = static_cast<std::size_t>(at / kGranuleBytes);
    if (front(index) <= at) break;
    at = front(index);
    if (at < range(index).end) break;
  }
  return at;
}

inline std::vector<Range> Granules::missing(Range within) const {
  within.end = std::min(within.end, total_);
  std::vector<Range> ranges;
  std::uint64_t at = within.begin;  // all before it was looked at
  const auto add = [&](std::uint64_t end) {
    if (at >= end) return;
    if (!ranges.empty() && ranges.back().end == at) {
      ranges.back().end = end;
    } else {
      ranges.push_back(Range{at, end});
    }
    at = end;
  };
  const std::size_t first = static_cast<std::size_t>(within.begin / kGranuleBytes);
  for (auto page = pages_.lower_bound(page_begin(first)); page != pages_.end(); ++page) {
    // Between pages there is nothing.
    const std::uint64_t begin = page->first * kGranuleBytes;
    if (begin >= within.end) break;
    add(begin);
    const std::size_t last = std::min(page->first + kPageGranules, count());
    for (std::size_t i = std::max(first, page->first); i < last && at < within.end; ++i) {
      at =
          std::max(at, std::min(range(i).begin + page->second.filled[i - page->first], within.end));
      add(std::min(range(i).end, within.end));
    }
  }
  add(within.end);
  return ranges;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_GRANULES_H_
