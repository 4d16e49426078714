#include <torchhub/net/detail/transfer/inflow.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace torchhub::net::detail {
namespace {

using std::chrono::milliseconds;

const Inflow::Time kStart = Inflow::Time() + std::chrono::hours(1);
constexpr std::uint64_t kFar = 100 * kGranuleBytes;

void put(Inflow& inflow, const std::string& text, std::uint64_t limit = kFar,
         Inflow::Time now = kStart) {
  const auto room = inflow.room(limit);
  ASSERT_GE(room.size(), text.size());
  std::memcpy(room.data(), text.data(), text.size());
  inflow.add(text.size(), now);
}

std::string text_of(const Inflow::Taken& taken) {
  return {reinterpret_cast<const char*>(taken.piece->data()), taken.size};
}

TEST(Inflow, GathersWhatComes) {
  SparePieces pieces;
  Inflow inflow(pieces, 1000);
  EXPECT_EQ(inflow.take().size, 0U);
  EXPECT_EQ(inflow.take().piece, nullptr) << "nothing came: it keeps its memory";
  put(inflow, "ab");
  put(inflow, "cde");
  EXPECT_EQ(inflow.end(), 1005U);
  const Inflow::Taken taken = inflow.take();
  EXPECT_EQ(taken.offset, 1000U);
  EXPECT_EQ(text_of(taken), "abcde");
  put(inflow, "f");
  const Inflow::Taken next = inflow.take();
  EXPECT_EQ(next.offset, 1005U);
  EXPECT_EQ(text_of(next), "f");
  EXPECT_NE(next.piece, taken.piece) << "what is taken is not written over";
  EXPECT_EQ(inflow.end(), 1006U);
}

TEST(Inflow, EndsAPieceWhereItsGranuleEnds) {
  SparePieces pieces;
  Inflow inflow(pieces, 3 * kGranuleBytes - 3);
  EXPECT_EQ(inflow.room(kFar).size(), 3U);
  put(inflow, "ab");
  EXPECT_EQ(inflow.room(kFar).size(), 1U);
  EXPECT_FALSE(inflow.is_due(kStart));
  put(inflow, "c");
  EXPECT_TRUE(inflow.is_due(kStart));
  EXPECT_EQ(inflow.take().size, 3U);
  EXPECT_EQ(inflow.room(kFar).size(), kGranuleBytes);
}

TEST(Inflow, EndsAPieceWhereNoMoreIsWanted) {
  SparePieces pieces;
  Inflow inflow(pieces, 10);
  EXPECT_EQ(inflow.room(14).size(), 4U);
  put(inflow, "abc", 14);
  EXPECT_FALSE(inflow.is_due(kStart));
  // The end of the span was stolen meanwhile.
  EXPECT_EQ(inflow.room(13).size(), 0U);
  EXPECT_TRUE(inflow.is_due(kStart));
}

TEST(Inflow, KeepsNothingBackForLong) {
  SparePieces pieces;
  Inflow inflow(pieces, 0);
  put(inflow, "a", kFar, kStart);
  put(inflow, "b", kFar, kStart + milliseconds(200));
  EXPECT_FALSE(inflow.is_due(kStart + milliseconds(249)));
  EXPECT_TRUE(inflow.is_due(kStart + milliseconds(250))) << "from its first byte on";
  inflow.take();
  put(inflow, "c", kFar, kStart + milliseconds(400));
  EXPECT_FALSE(inflow.is_due(kStart + milliseconds(600)));
}

TEST(Inflow, ForgetsWhatItIsToDrop) {
  SparePieces pieces;
  Inflow inflow(pieces, 7);
  put(inflow, "abc");
  inflow.drop();
  EXPECT_EQ(inflow.end(), 7U);
  EXPECT_EQ(inflow.take().size, 0U);
}

TEST(SparePieces, AreUsedAgain) {
  SparePieces pieces;
  Piece first = pieces.take();
  const Piece second = pieces.take();
  EXPECT_NE(first, second);
  EXPECT_EQ(first->size(), kGranuleBytes);
  const Bytes* const memory = first.get();
  first.reset();
  EXPECT_EQ(pieces.take().get(), memory);
}

}  // namespace
}  // namespace torchhub::net::detail
