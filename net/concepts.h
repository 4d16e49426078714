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
#include <vector>

namespace torchhub::net {

namespace concepts_detail {

// What a sink needs besides ByteSink, so that a download goes on with it.
template <class T>
concept Remembers = requires(T& sink, std::uint64_t offset, std::span<std::byte> room,
                             std::span<const std::byte> bytes) {
  sink.read_at(offset, room);
  sink.save_state(bytes);
  sink.append_log(bytes);
  sink.flush_state(bytes);
  { sink.load_state() } -> std::same_as<std::vector<std::byte>>;
  { sink.load_log() } -> std::same_as<std::vector<std::byte>>;
};

// Whether one of these functions is there, also where it takes or gives something else. read_at() is none of them:
// sinks that remember nothing have it, too.
template <class T>
concept NamesSomeOfIt = requires {
  &T::save_state;
}
|| requires { &T::append_log; }
|| requires { &T::flush_state; }
|| requires { &T::load_state; }
|| requires { &T::load_log; };
template <class T>
concept HasSomeOfIt = NamesSomeOfIt<T> || requires(T& sink, std::span<const std::byte> bytes) {
  sink.save_state(bytes);
} || requires(T& sink, std::span<const std::byte> bytes) {
  sink.append_log(bytes);
} || requires(T& sink, std::span<const std::byte> bytes) {
  sink.flush_state(bytes);
} || requires(T& sink) {
  sink.load_state();
} || requires(T& sink) {
  sink.load_log();
};

template <class T>
concept RemembersAllOrNothing = Remembers<T> || !HasSomeOfIt<T>;

}  // namespace concepts_detail

/// Where a body goes.
///
/// 1. `sink.write_at(offset, bytes)` keeps `bytes` at `offset` of the body, or throws; what it throws
///    ends the download and reaches the caller unchanged.
/// 2. `sink.size_hint(n)` learns the body's length: before the first write_at where it is known,
///    else after the last. What an earlier attempt wrote beyond it is dropped.
/// 3. A sink that has one of the functions by which a ResumableSink remembers has them all: else it would look
///    as if it went on, and each download would begin anew.
///
/// What the compiler cannot check: offsets may come in any order, and again, where the last write
/// counts; calls come from one thread at a time, not always the same.
/// Models: cache::PartFile, net::MemorySink.
template <class T>
concept ByteSink = concepts_detail::RemembersAllOrNothing<T> &&
    requires(T& sink, std::uint64_t number, std::span<const std::byte> bytes) {
  sink.write_at(number, bytes);
  sink.size_hint(number);
};

/// A ByteSink that can be read and that remembers, so that a download may come in several ranges at
/// once and go on where an earlier one, perhaps of another process, ended. The engine's memory is a
/// state and a log of what came since: bytes that mean nothing to the sink.
///
/// 1. `sink.read_at(offset, bytes)` fills `bytes` with what was written there, or throws.
/// 2. `sink.save_state(state)` replaces the state and empties the log; it survives the process.
/// 3. `sink.append_log(record)` adds a record to the log; it survives the process.
/// 4. `sink.flush_state(state)` makes all that was written, and then `state`, survive the machine
///    too. It may take long, and runs beside the other calls, in a thread of its own; the download
///    ends after it.
/// 5. `sink.load_state()` and `sink.load_log()` give what was kept, nothing if there is nothing that
///    belongs to the bytes in the sink.
///
/// What the compiler cannot check: a write_at and a read_at, of different bytes, and one of the rest
/// may run at once; after a crash of the machine load_state gives what flush_state kept, and the
/// log is empty.
/// Models: cache::PartFile, net::MemorySink.
template <class T>
concept ResumableSink = ByteSink<T> && concepts_detail::Remembers<T>;

/// A running digest over a body in file order.
///
/// 1. `digest.update(bytes)` appends, and does not throw.
/// 2. `digest.finish()` gives the digest as a contiguous range of std::byte, once.
/// 3. `digest.midstate()` gives, as such a range, all that the digest knows of what was appended;
///    `digest.restore(midstate)` goes back to it and is false for bytes that are no midstate.
///
/// What the compiler cannot check: after restore(), finish() may be called again.
/// Models: cache::Sha256, net::NoDigest.
template <class T>
concept Digest = requires(T& digest, std::span<const std::byte> bytes) {
  digest.update(bytes);
  { digest.finish() } -> std::ranges::contiguous_range;
  requires std::same_as<std::ranges::range_value_t<decltype(digest.finish())>, std::byte>;
  { digest.midstate() } -> std::ranges::contiguous_range;
  requires std::same_as<std::ranges::range_value_t<decltype(digest.midstate())>, std::byte>;
  { digest.restore(bytes) } -> std::same_as<bool>;
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
