#include <torchhub/archive/checkpoint.h>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "net/url.h"
#include "python/error.h"

namespace {

TEST(ArchiveConsumer, HasItsOwnFoldersAndZlib) {
  EXPECT_STREQ(monorepo::kOwnNet, "the monorepo's net");
  EXPECT_STREQ(monorepo::kOwnPython, "the monorepo's python");
#ifndef MONOREPO_ZLIB
  FAIL() << "torchhub was built with another zlib than the monorepo's";
#endif
}

TEST(ArchiveConsumer, TakesNothingElseAlong) {
  std::ifstream file("/proc/self/maps");
  const std::string maps((std::istreambuf_iterator<char>(file)), {});
  for (const char* library : {"libtorch", "libc10", "libpython", "libssl", "libcrypto", "libboost"})
    EXPECT_EQ(maps.find(library), maps.npos) << library;
  EXPECT_NE(maps.find("libz"), maps.npos);
}

}  // namespace
