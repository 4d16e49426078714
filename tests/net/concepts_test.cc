// What models net's concepts and what does not; the compiler does the testing.

#include <torchhub/cache/part_file.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/net/concepts.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/memory_sink.h>
#include <torchhub/net/no_digest.h>

#include <gtest/gtest.h>

#include <array>

namespace torchhub::net {
namespace {

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
static_assert(ByteSink<cache::PartFile>);
static_assert(ByteSink<MemorySink>);

struct DigestOfChars {
  void update(std::span<const std::byte>) {}
  std::array<char, 4> finish() { return {}; }
};
struct DigestWithoutEnd {
  void update(std::span<const std::byte>) {}
};
static_assert(!Digest<int>);
static_assert(!Digest<DigestOfChars>);
static_assert(!Digest<DigestWithoutEnd>);
static_assert(Digest<cache::Sha256>);
static_assert(Digest<NoDigest>);

struct ThrowingObserver {
  void on_progress(const Progress&) {}
};
static_assert(!Observer<int>);
static_assert(!Observer<ThrowingObserver>);
static_assert(Observer<Silent>);

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
