#include <torchhub/net/detail/transfer/transfer_state.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

TransferState example() {
  TransferState state(Granules(3 * kGranuleBytes + 5));
  state.url = "https://h/f";
  state.entity.total = state.granules.total();
  state.entity.etag = "\"v1\"";
  state.granules.restore(0, kGranuleBytes, 7);
  state.granules.restore(2, 100, 9);
  state.digested = kGranuleBytes;
  state.midstate = Bytes(112, std::byte{3});
  return state;
}

TEST(TransferState, ComesBackAsItWas) {
  const auto back = decode(encode(example()), {});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->url, "https://h/f");
  EXPECT_EQ(back->entity.etag, "\"v1\"");
  EXPECT_EQ(back->entity.total, 3 * kGranuleBytes + 5);
  EXPECT_EQ(back->digested, kGranuleBytes);
  EXPECT_EQ(back->midstate, example().midstate);
  EXPECT_TRUE(back->granules.is_full(0));
  EXPECT_EQ(back->granules.crc(0), 7u);
  EXPECT_EQ(back->granules.front(2), 2 * kGranuleBytes + 100);
  EXPECT_EQ(back->granules.filled(), kGranuleBytes + 100);
}

TEST(TransferState, IsContinuedByItsLog) {
  Bytes log = encode_log_record(1, kGranuleBytes, 11);
  const Bytes beyond = encode_log_record(99, 1, 1);
  log.insert(log.end(), beyond.begin(), beyond.end());
  log.push_back(std::byte{1});  // a torn record
  const auto back = decode(encode(example()), log);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->granules.is_full(1));
  EXPECT_EQ(back->granules.contiguous_end(0), 2 * kGranuleBytes + 100);
}

TEST(TransferState, IsAsLargeAsWhatIsThere) {
  TransferState state{Granules(kMaxFileBytes)};
  state.granules.restore(std::size_t{1} << 40, 100, 9);
  const Bytes encoded = encode(state);
  EXPECT_LT(encoded.size(), 200u);
  const auto back = decode(encoded, {});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->granules.filled(), 100u);
  EXPECT_EQ(back->granules.crc(std::size_t{1} << 40), 9u);
}

TEST(TransferState, IsNotTakenFromOtherBytes) {
  const Bytes good = encode(example());
  EXPECT_FALSE(decode({}, {}));
  for (std::size_t size = 0; size < 60; ++size)
    EXPECT_FALSE(decode(std::span(good).first(size), {})) << size;
  Bytes huge = good;
  for (std::size_t i = 12; i < 20; ++i) huge[i] = std::byte{0xff};
  EXPECT_FALSE(decode(huge, {}));
  TransferState ahead = example();
  ahead.digested = 2 * kGranuleBytes;
  EXPECT_FALSE(decode(encode(ahead), {}));
}

}  // namespace
}  // namespace torchhub::net::detail
