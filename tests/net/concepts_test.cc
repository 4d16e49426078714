// What models net's concepts and what does not; the compiler does the testing.

#include <torchhub/cache/part_file.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/net/concepts.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/memory_sink.h>
#include <torchhub/net/no_digest.h>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace torchhub::net {
namespace {

using Bytes = std::vector<std::byte>;

// Models.
static_assert(ByteSink<cache::PartFile>);
static_assert(ByteSink<MemorySink>);
static_assert(ResumableSink<cache::PartFile>);
static_assert(ResumableSink<MemorySink>);
static_assert(Digest<cache::Sha256>);
static_assert(Digest<NoDigest>);
static_assert(Observer<Silent>);

// A sink of a program's own, with the least that there must be.
struct Bucket {
  void write_at(std::uint64_t, std::span<const std::byte>) {}
  void size_hint(std::uint64_t) {}
};
static_assert(ByteSink<Bucket>);
static_assert(!ResumableSink<Bucket>);

struct CountingObserver {
  void on_progress(const Progress&) noexcept { ++calls; }
  int calls = 0;
};
static_assert(Observer<CountingObserver>);

// Near misses of a sink.
struct SinkWithoutHint {
  void write_at(std::uint64_t, std::span<const std::byte>) {}
};
struct SinkOfStrings {
  void write_at(std::uint64_t, const char*) {}
  void size_hint(std::uint64_t) {}
};
static_assert(!ByteSink<int>);
static_assert(!ByteSink<SinkWithoutHint>);
static_assert(!ByteSink<SinkOfStrings>);

// A sink that can be read and does not remember is a sink.
struct ReadableBucket : Bucket {
  void read_at(std::uint64_t, std::span<std::byte>) {}
};
static_assert(ByteSink<ReadableBucket>);
static_assert(!ResumableSink<ReadableBucket>);

// Near misses of one that remembers: each lacks, or misspells, one function, and is no sink at all.
struct Memory : ReadableBucket {
  void save_state(std::span<const std::byte>) {}
  void append_log(std::span<const std::byte>) {}
  void flush_state(std::span<const std::byte>) {}
  Bytes load_state() { return {}; }
  Bytes load_log() { return {}; }
};
static_assert(ResumableSink<Memory>);

struct MemoryWithoutRead : Memory {
  void read_at(std::uint64_t, std::span<std::byte>) = delete;
};
struct MemoryWithoutSave : Memory {
  void save_state(std::span<const std::byte>) = delete;
};
struct MemoryWithoutLog : Memory {
  void append_log(std::span<const std::byte>) = delete;
};
struct MemoryWithoutFlush : Memory {
  void flush_state(std::span<const std::byte>) = delete;
};
struct MemoryOfASpan : Memory {
  std::span<const std::byte> load_state() { return {}; }
};
struct MemoryWithoutLoadedLog : Memory {
  Bytes load_log() = delete;
};
struct MemoryOfStrings : Memory {
  void save_state(const std::string&) {}
};
static_assert(!ByteSink<MemoryWithoutRead> && !ResumableSink<MemoryWithoutRead>);
static_assert(!ByteSink<MemoryWithoutSave> && !ResumableSink<MemoryWithoutSave>);
static_assert(!ByteSink<MemoryWithoutLog> && !ResumableSink<MemoryWithoutLog>);
static_assert(!ByteSink<MemoryWithoutFlush> && !ResumableSink<MemoryWithoutFlush>);
static_assert(!ByteSink<MemoryOfASpan> && !ResumableSink<MemoryOfASpan>);
static_assert(!ByteSink<MemoryWithoutLoadedLog> && !ResumableSink<MemoryWithoutLoadedLog>);
static_assert(!ByteSink<MemoryOfStrings> && !ResumableSink<MemoryOfStrings>);

// One function by which a sink would remember, and none of the others.
struct BucketWithSave : Bucket {
  void save_state(std::span<const std::byte>) {}
};
struct BucketWithLog : Bucket {
  void append_log(std::span<const std::byte>) {}
};
struct BucketWithFlush : Bucket {
  void flush_state(std::span<const std::byte>) {}
};
struct BucketWithLoad : Bucket {
  Bytes load_state() { return {}; }
};
struct BucketWithLoadedLog : Bucket {
  Bytes load_log() { return {}; }
};
static_assert(!ByteSink<BucketWithSave>);
static_assert(!ByteSink<BucketWithLog>);
static_assert(!ByteSink<BucketWithFlush>);
static_assert(!ByteSink<BucketWithLoad>);
static_assert(!ByteSink<BucketWithLoadedLog>);

// With another parameter.
struct BucketWithOddSave : Bucket {
  void save_state(int) {}
};
struct BucketWithOddLog : Bucket {
  void append_log(int) {}
};
struct BucketWithOddFlush : Bucket {
  void flush_state(int) {}
};
struct BucketWithOddLoad : Bucket {
  Bytes load_state(int) { return {}; }
};
struct BucketWithOddLoadedLog : Bucket {
  Bytes load_log(int) { return {}; }
};
static_assert(!ByteSink<BucketWithOddSave>);
static_assert(!ByteSink<BucketWithOddLog>);
static_assert(!ByteSink<BucketWithOddFlush>);
static_assert(!ByteSink<BucketWithOddLoad>);
static_assert(!ByteSink<BucketWithOddLoadedLog>);

// Templates, whose address nobody can take.
struct BucketWithAnySave : Bucket {
  template <class State>
  void save_state(const State&) {}
};
struct BucketWithAnyLog : Bucket {
  template <class Record>
  void append_log(const Record&) {}
};
struct BucketWithAnyFlush : Bucket {
  template <class State>
  void flush_state(const State&) {}
};
struct BucketWithAnyLoad : Bucket {
  template <class State = Bytes>
  State load_state() {
    return {};
  }
};
struct BucketWithAnyLoadedLog : Bucket {
  template <class Log = Bytes>
  Log load_log() {
    return {};
  }
};
static_assert(!ByteSink<BucketWithAnySave>);
static_assert(!ByteSink<BucketWithAnyLog>);
static_assert(!ByteSink<BucketWithAnyFlush>);
static_assert(!ByteSink<BucketWithAnyLoad>);
static_assert(!ByteSink<BucketWithAnyLoadedLog>);

// Near misses of a digest: each lacks, or misspells, one function.
struct Digester {
  void update(std::span<const std::byte>) {}
  std::array<std::byte, 4> finish() { return {}; }
  Bytes midstate() const { return {}; }
  bool restore(std::span<const std::byte>) { return true; }
};
static_assert(Digest<Digester>);

struct DigestWithoutUpdate : Digester {
  void update(std::span<const std::byte>) = delete;
};
struct DigestOfChars : Digester {
  std::array<char, 4> finish() { return {}; }
};
struct DigestWithoutEnd : Digester {
  void finish() {}
};
struct DigestWithoutMidstate : Digester {
  Bytes midstate() const = delete;
};
struct DigestOfTextState : Digester {
  std::string midstate() const { return {}; }
};
struct DigestThatRestoresBlindly : Digester {
  void restore(std::span<const std::byte>) {}
};
static_assert(!Digest<int>);
static_assert(!Digest<DigestWithoutUpdate>);
static_assert(!Digest<DigestOfChars>);
static_assert(!Digest<DigestWithoutEnd>);
static_assert(!Digest<DigestWithoutMidstate>);
static_assert(!Digest<DigestOfTextState>);
static_assert(!Digest<DigestThatRestoresBlindly>);

// Near misses of an observer.
struct ThrowingObserver {
  void on_progress(const Progress&) {}
};
struct ObserverOfBytes {
  void on_progress(std::uint64_t) noexcept {}
};
static_assert(!Observer<int>);
static_assert(!Observer<ThrowingObserver>);
static_assert(!Observer<ObserverOfBytes>);

TEST(Observer, IsToldThroughItsReference) {
  CountingObserver observer;
  const ObserverRef reference(observer);
  reference.on_progress(Progress());
  reference.on_progress(Progress());
  EXPECT_EQ(observer.calls, 2);
  ObserverRef().on_progress(Progress());
}

TEST(MemorySink, TakesPiecesInAnyOrder) {
  MemorySink sink;
  const std::array<std::byte, 2> piece = {std::byte{'c'}, std::byte{'d'}};
  const std::array<std::byte, 2> first = {std::byte{'a'}, std::byte{'b'}};
  sink.write_at(2, piece);
  sink.write_at(0, first);
  EXPECT_EQ(sink.text(), "abcd");
}

}  // namespace
}  // namespace torchhub::net
