#include <torchhub/net/url.h>

#include <gtest/gtest.h>

#include "net/url.h"
#include "python/error.h"

namespace {

TEST(NetConsumer, HasItsOwnFoldersAndZlib) {
  EXPECT_STREQ(monorepo::kOwnNet, "the monorepo's net");
  EXPECT_STREQ(monorepo::kOwnPython, "the monorepo's python");
#ifndef MONOREPO_ZLIB
  FAIL() << "torchhub was built with another zlib than the monorepo's";
#endif
}

}  // namespace
