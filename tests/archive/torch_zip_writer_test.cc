#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/torch_zip_writer.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(TorchZipWriter, WritesWhatIsReadAgain) {
  const tests::TempFolder folder;
  const std::filesystem::path path = folder / "model.pth";
  std::vector<TorchZipTensor> tensors;
  tensors.push_back({"first", DType::float32, {2}, {1}, 0, 0, true});
  tensors.push_back({"second", DType::float32, {1, 2}, {2, 1}, 0, 1, false});
  tensors.push_back({"none", DType::int64, {0, 3}, {3, 1}, 1, 0, false});
  tensors.push_back({"bytes", DType::uint8, {5}, {1}, 2, 0, false});
  // A global that was written is referred to from then on.
  for (int i = 0; i < 300; ++i)
    tensors.push_back({"layers." + std::to_string(i), DType::uint8, {1}, {1}, 2, 4, false});
  TorchZipWriter writer(path, tensors, {12, 0, 5});
  writer.write(bytes_of("aaaabb"));
  writer.write(bytes_of("bbccccvwx"));
  writer.write(bytes_of("yz"));
  EXPECT_FALSE(std::filesystem::exists(path));
  writer.publish();

  const Checkpoint checkpoint = open_checkpoint(path);
  EXPECT_EQ(checkpoint.format(), FileFormat::zip);
  ASSERT_EQ(checkpoint.tensors().size(), tensors.size());
  EXPECT_EQ(text_of(checkpoint.bytes("first")), "aaaabbbb");
  EXPECT_EQ(text_of(checkpoint.bytes("second")), "bbbbcccc");
  EXPECT_EQ(text_of(checkpoint.bytes("none")), "");
  EXPECT_EQ(text_of(checkpoint.bytes("bytes")), "vwxyz");
  EXPECT_EQ(text_of(checkpoint.bytes("layers.299")), "z");
  EXPECT_EQ(checkpoint.find("first")->storage, checkpoint.find("second")->storage);
  EXPECT_TRUE(checkpoint.find("first")->requires_grad);
  EXPECT_FALSE(checkpoint.find("second")->requires_grad);
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    if (tensor.storage_offset != 0 || tensor.numel() == 0) continue;
    EXPECT_EQ(tensor.file_offset % 64, 0U) << tensor.name;
  }
}

TEST(TorchZipWriter, RefusesWhatDoesNotFit) {
  const tests::TempFolder folder;
  const std::filesystem::path path = folder / "model.pth";
  const TorchZipTensor one = {"a", DType::float32, {1}, {1}, 0, 0, false};
  const auto failure = [&](const std::vector<TorchZipTensor>& tensors, std::string_view bytes) {
    return tests::failure_of([&] {
      TorchZipWriter writer(path, tensors, {4});
      writer.write(bytes_of(bytes));
      writer.publish();
    });
  };
  EXPECT_EQ(failure({one}, "123").code, errc::damaged_checkpoint);
  EXPECT_THAT(failure({one}, "123").sentence, HasSubstr("lacks 1 bytes"));
  EXPECT_EQ(failure({one}, "12345").code, errc::damaged_checkpoint);
  EXPECT_EQ(failure({one, one}, "1234").code, errc::damaged_checkpoint);
  TorchZipTensor other = one;
  other.name = "b";
  other.dtype = DType::int32;
  EXPECT_EQ(failure({one, other}, "1234").code, errc::unsupported_format);
  other.dtype = DType::qint8;
  EXPECT_EQ(failure({other}, "1234").code, errc::unsupported_format);
  EXPECT_TRUE(std::filesystem::is_empty(path.parent_path()));
}

}  // namespace
}  // namespace torchhub::archive
