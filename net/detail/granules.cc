#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/granules.h>

#include <algorithm>

namespace torchhub::net::detail {

Granules::Granules(std::uint64_t total)
    : total_(total),
      filled_(static_cast<std::size_t>((total + kGranuleBytes - 1) / kGranuleBytes)),
      crcs_(filled_.size()) {}

Range Granules::range(std::size_t index) const {
  const std::uint64_t begin = index * kGranuleBytes;
  return Range{begin, std::min(begin + kGranuleBytes, total_)};
}

std::uint64_t Granules::fill(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = std::min(offset + length, total_);
  std::uint64_t fresh = 0;
  for (std::uint64_t at = offset; at < end;) {
    const auto index = static_cast<std::size_t>(at / kGranuleBytes);
    const std::uint64_t stop = std::min(range(index).end, end);
    if (at <= front(index) && stop > front(index)) {
      const std::uint64_t added = stop - front(index);
      filled_[index] += static_cast<std::uint32_t>(added);
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
      crcs_[index] = is_all ? crc : crc32c(added_bytes, crcs_[index]);
      fresh += added;
    }
    offset += length;
    bytes = bytes.subspan(static_cast<std::size_t>(length));
  }
  return fresh;
}

void Granules::restore(std::size_t index, std::uint32_t bytes, std::uint32_t crc) {
  drop(index);
  filled_[index] = bytes;
  crcs_[index] = crc;
  filled_total_ += bytes;
  contiguous_ = contiguous_end(contiguous_);
}

void Granules::drop(std::size_t index) {
  filled_total_ -= filled_[index];
  filled_[index] = 0;
  crcs_[index] = 0;
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

std::vector<Range> Granules::missing() const {
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < count(); ++i) {
    if (is_full(i)) continue;
    const Range rest{front(i), range(i).end};
    if (!ranges.empty() && ranges.back().end == rest.begin) {
      ranges.back().end = rest.end;
    } else {
      ranges.push_back(rest);
    }
  }
  return ranges;
}

}  // namespace torchhub::net::detail
