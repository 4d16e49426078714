#include <torchhub/cache/hub_dir.h>
#include <torchhub/cache/sha256.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <span>
#include <string_view>

namespace {

namespace cache = torchhub::cache;

TEST(CacheConsumer, FindsTheFolder) {
  ::setenv("TORCH_HOME", "/srv/torch", 1);
  EXPECT_EQ(cache::get_dir(), "/srv/torch/hub");
}

TEST(CacheConsumer, Hashes) {
  cache::Sha256 digest;
  digest.update(std::as_bytes(std::span(std::string_view("abc"))));
  EXPECT_EQ(cache::to_hex(digest.finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
