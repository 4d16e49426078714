#ifndef TORCHHUB_NET_CONCEPTS_H_
#define TORCHHUB_NET_CONCEPTS_H_
// What the download engine asks of others: a place for the bytes, something that digests them,
// someone to tell. A program's own type fits when it models the concept; the compiler names the
// line that fails.
//
//   struct Bucket {
//     void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
//     void size_hint(std::uint64_t bytes);
//   };
//   static_assert(net::ByteSink<Bucket>);

#include <torchhub/net/progress.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <type_traits>

namespace torchhub::net {

/// Where a body goes.
///
/// 1. `sink.write_at(offset, bytes)` keeps `bytes` at `offset` of the body, or throws; what it
/// throws
///    ends the download and reaches the caller unchanged.
/// 2. `sink.size_hint(n)` learns the body's length, where it is known, before the first write_at.
///
/// What the compiler cannot check: each byte is written once, offsets may come in any order, and
/// calls come from one thread at a time.
/// Models: cache::PartFile, net::MemorySink.
template <class T>
concept ByteSink = requires(T& sink, std::uint64_t number, std::span<const std::byte> bytes) {
  sink.write_at(number, bytes);
  sink.size_hint(number);
};

/// A running digest over a body in file order.
///
/// 1. `digest.update(bytes)` appends, and does not throw.
/// 2. `digest.finish()` gives the digest as a contiguous range of std::byte, once.
///
/// Models: cache::Sha256, net::NoDigest.
template <class T>
concept Digest = requires(T& digest, std::span<const std::byte> bytes) {
  digest.update(bytes);
  { digest.finish() } -> std::ranges::contiguous_range;
  requires std::same_as<std::ranges::range_value_t<decltype(digest.finish())>, std::byte>;
};

/// Who is told how a download goes.
///
/// 1. `observer.on_progress(progress)` returns soon and does not throw.
///
/// What the compiler cannot check: it is called at most ten times a second, once more when the body
/// is complete, and never after the download has ended.
/// Models: the command line's bar, net::Silent.
template <class T>
concept Observer = requires(T& observer, const Progress& progress) {
  { observer.on_progress(progress) }
  noexcept;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_CONCEPTS_H_
