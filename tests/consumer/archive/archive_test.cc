#include <torchhub/archive/checkpoint.h>

#include <gtest/gtest.h>

#include <fstream>
#include <string>

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

}  // namespace
