#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/granules.h>

#include <algorithm>

namespace torchhub::net::detail {

const Granules::Page* Granules::page_of(std::size_t index) const {
  const auto page = pages_.find(page_begin(index));
  return page == pages_.end() ? nullptr : &page->second;
}

std::uint32_t Granules::filled_of(std::size_t index) const {
  const Page* const page = page_of(index);
  return page ? page->filled[index % kPageGranules] : 0;
}

std::uint32_t Granules::crc(std::size_t index) const {
  const Page* const page = page_of(index);
  return page ? page->crcs[index % kPageGranules] : 0;
}

Range Granules::range(std::size_t index) const {
  const std::uint64_t begin = index * kGranuleBytes;
  // A total close to 2^64 has no room for the sum.
  return Range{begin, begin + std::min(kGranuleBytes, total_ - begin)};
}

std::vector<std::size_t> Granules::begun() const {
  std::vector<std::size_t> indices;
  for (const auto& [first, page] : pages_) {
    for (std::size_t i = 0; i < kPageGranules; ++i) {
      if (page.filled[i] > 0) indices.push_back(first + i);
    }
  }
  return indices;
}

std::uint64_t Granules::fill(std::uint64_t offset, std::uint64_t length) {
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

std::uint64_t Granules::write(std::uint64_t offset, std::span<const std::byte> bytes,
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

void Granules::restore(std::size_t index, std::uint32_t bytes, std::uint32_t crc) {
  drop(index);
  Page& page = pages_[page_begin(index)];
  page.filled[index % kPageGranules] = bytes;
  page.crcs[index % kPageGranules] = crc;
  filled_total_ += bytes;
  contiguous_ = contiguous_end(contiguous_);
}

void Granules::drop(std::size_t index) {
  const auto found = pages_.find(page_begin(index));
  if (found == pages_.end()) return;
  Page& page = found->second;
  filled_total_ -= page.filled[index % kPageGranules];
  page.filled[index % kPageGranules] = 0;
  page.crcs[index % kPageGranules] = 0;
  contiguous_ = std::min(contiguous_, range(index).begin);
}

std::uint64_t Granules::contiguous_end(std::uint64_t offset) const {
  std::uint64_t at = offset <= contiguous_ ? contiguous_ : offset;
  while (at < total_) {
    const auto index = static_cast<std::size_t>(at / kGranuleBytes);
    if (front(index) <= at) break;
    at = front(index);
    if (at < range(index).end) break;
  }
  return at;
}

std::vector<Range> Granules::missing(Range within) const {
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
