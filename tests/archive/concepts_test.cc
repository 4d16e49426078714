// The seams of this room: who models them, and what nearly does and must not.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/concepts.h>
#include <torchhub/archive/detail/legacy/legacy_world.h>
#include <torchhub/archive/detail/legacy/tar_world.h>
#include <torchhub/archive/detail/pickle/data_world.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/torch/torch_world.h>
#include <torchhub/archive/value.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace torchhub::archive {
namespace {

using Bytes = std::span<const std::byte>;
using detail::Calling;
using detail::PickleWorld;

static_assert(ByteSource<MappedFile>);
static_assert(ByteSource<MemorySource>);
static_assert(ByteSource<RangeSource<MappedFile>>);
static_assert(ByteSource<RangeSource<RangeSource<MemorySource>>>);

struct Writable {
  std::span<std::byte> view() const { return {}; }
};
static_assert(!ByteSource<Writable>);

struct NotConst {
  Bytes view() { return {}; }
};
static_assert(!ByteSource<NotConst>);

struct Owning {
  std::vector<std::byte> view() const { return {}; }
};
static_assert(!ByteSource<Owning>);

struct Immovable {
  Immovable(Immovable&&) = delete;
  Bytes view() const { return {}; }
};
static_assert(!ByteSource<Immovable>);
static_assert(!ByteSource<OpenFile>);
static_assert(!ByteSource<Bytes>);

static_assert(PickleWorld<detail::DataWorld>);
static_assert(PickleWorld<detail::TorchWorld>);
static_assert(PickleWorld<detail::LegacyWorld>);
static_assert(PickleWorld<detail::TarWorld>);

struct World {
  Value global(std::string_view, std::string_view, std::uint64_t) { return {}; }
  Value call(Value, std::span<const Value>, Calling, std::uint64_t) { return {}; }
  Value call_with_keywords(Value, std::span<const Value>, Value, std::uint64_t) { return {}; }
  Value persistent(Value, std::uint64_t) { return {}; }
  void build(Value, Value, std::uint64_t) {}
  bool takes_items(Value) const { return false; }
};
static_assert(PickleWorld<World>);

struct NamesNothing : World {
  void global(std::string_view, std::string_view, std::uint64_t) {}
};
static_assert(!PickleWorld<NamesNothing>);

struct CallsOneWay : World {
  Value call(Value, std::span<const Value>, std::uint64_t) { return {}; }
};
static_assert(!PickleWorld<CallsOneWay>);

struct KnowsNoKeywords : World {
  Value call_with_keywords(Value, std::span<const Value>, std::uint64_t) { return {}; }
};
static_assert(!PickleWorld<KnowsNoKeywords>);

struct MayHaveNoIds : World {
  const Value* persistent(Value, std::uint64_t) { return nullptr; }
};
static_assert(!PickleWorld<MayHaveNoIds>);

struct BuildsAnother : World {
  Value build(Value, Value, std::uint64_t) { return {}; }
};
static_assert(!PickleWorld<BuildsAnother>);

struct ChangesWhenAsked : World {
  bool takes_items(Value) { return false; }
};
static_assert(!PickleWorld<ChangesWhenAsked>);

MemorySource four_bytes() {
  return MemorySource({std::byte{0}, std::byte{1}, std::byte{2}, std::byte{3}});
}

TEST(RangeSource, IsAPieceOfAnother) {
  const RangeSource<MemorySource> middle(four_bytes(), 1, 2);
  ASSERT_EQ(middle.view().size(), 2U);
  EXPECT_EQ(middle.view()[0], std::byte{1});
  EXPECT_EQ(middle.view()[1], std::byte{2});
  EXPECT_EQ(RangeSource<MemorySource>(four_bytes(), 0, 4).view().size(), 4U);
  EXPECT_TRUE(RangeSource<MemorySource>(four_bytes(), 4, 0).view().empty());
}

TEST(RangeSource, EndsWhereItsSourceDoes) {
  using Range = RangeSource<MemorySource>;
  constexpr std::size_t kMost = static_cast<std::size_t>(-1);
  EXPECT_THROW(Range(four_bytes(), 1, 4), std::out_of_range);
  EXPECT_THROW(Range(four_bytes(), 5, 0), std::out_of_range);
  EXPECT_THROW(Range(four_bytes(), 1, kMost), std::out_of_range);
  EXPECT_THROW(Range(four_bytes(), kMost, 1), std::out_of_range);
}

}  // namespace
}  // namespace torchhub::archive
