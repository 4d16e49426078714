#include <torchhub/archive/checkpoint.h>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "net/url.h"
#include "python/error.h"

namespace {

namespace archive = torchhub::archive;

TEST(ArchiveConsumer, ReadsACheckpoint) {
  const std::string path = testing::TempDir() + "/two.safetensors";
  const std::string header = R"({"x":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}})";
  std::ofstream(path, std::ios::binary)
      << static_cast<char>(header.size()) << std::string(7, '\0') << header << "\x01\x02";

  const archive::Checkpoint checkpoint = archive::open_checkpoint(path);

  ASSERT_EQ(checkpoint.tensors().size(), 1U);
  EXPECT_EQ(checkpoint.tensors()[0].name, "x");
  EXPECT_EQ(checkpoint.bytes("x")[1], std::byte{2});
}

TEST(ArchiveConsumer, RefusesWhatIsNone) {
  const std::string path = testing::TempDir() + "/none.pth";
  std::ofstream(path) << "no checkpoint";
  EXPECT_THROW(archive::open_checkpoint(path), archive::Error);
}

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
