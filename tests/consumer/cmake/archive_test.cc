#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/safetensors_writer.h>

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace {

namespace archive = torchhub::archive;

TEST(Archive, ReadsACheckpoint) {
  const std::string path = testing::TempDir() + "/cmake_two.safetensors";
  const std::string header = R"({"x":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}})";
  std::ofstream(path, std::ios::binary)
      << static_cast<char>(header.size()) << std::string(7, '\0') << header << "\x01\x02";
  const archive::Checkpoint checkpoint = archive::open_checkpoint(path);
  ASSERT_NE(checkpoint.find("x"), nullptr);
  EXPECT_EQ(checkpoint.bytes("x")[1], std::byte{2});
}

// An exception of the library's is caught by its type, across the library's border.
TEST(Archive, ThrowsWhatItSays) {
  const std::string path = testing::TempDir() + "/cmake_none.pth";
  std::ofstream(path) << "no checkpoint";
  EXPECT_THROW(archive::open_checkpoint(path), archive::Error);
}

}  // namespace
