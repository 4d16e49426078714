#include <torchhub/cache/hub_dir.h>

#include <gtest/gtest.h>

#include "net/url.h"
#include "python/error.h"

namespace {

TEST(CacheConsumer, HasItsOwnFoldersAndZlib) {
  EXPECT_STREQ(monorepo::kOwnNet, "the monorepo's net");
  EXPECT_STREQ(monorepo::kOwnPython, "the monorepo's python");
#ifndef MONOREPO_ZLIB
  FAIL() << "@zlib is another than the monorepo's";
#endif
}

}  // namespace
