#include <torchhub/cache/sha256.h>

#include <gtest/gtest.h>

#include <string>

namespace torchhub::cache {
namespace {

std::string digest_of(std::string_view text, std::size_t piece) {
  Sha256 digest;
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    digest.update(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  return to_hex(digest.finish());
}

// The vectors of FIPS 180-4's examples.
TEST(Sha256, GivesTheStandardsDigests) {
  EXPECT_EQ(digest_of("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc", 3),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of(std::string(1'000'000, 'a'), 4096),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  const std::string text(1000, 'x');
  for (std::size_t piece : {1u, 7u, 63u, 64u, 65u, 1000u})
    EXPECT_EQ(digest_of(text, piece), digest_of(text, 1000)) << piece;
}

TEST(Sha256, GoesOnFromAMidstate) {
  const std::string text(1000, 'x');
  const auto bytes = std::as_bytes(std::span(text));
  Sha256 whole;
  whole.update(bytes);
  for (const std::size_t at : {0u, 1u, 63u, 64u, 65u, 999u}) {
    Sha256 first;
    first.update(bytes.first(at));
    Sha256 second;
    ASSERT_TRUE(second.restore(first.midstate()));
    second.update(bytes.subspan(at));
    EXPECT_EQ(second.finish(), Sha256(whole).finish()) << at;
  }
}

TEST(Sha256, TakesNoOtherBytesForAMidstate) {
  Sha256 digest;
  EXPECT_FALSE(digest.restore({}));
  EXPECT_FALSE(digest.restore(std::vector<std::byte>(111)));
  EXPECT_FALSE(digest.restore(std::vector<std::byte>(112, std::byte{0xff})));
}

}  // namespace
}  // namespace torchhub::cache
