#include <torchhub/archive/byte_source.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

constexpr const char* kWeights = "hub/examples/digits_release/digit_reader-c0f7955a.pth";

// A float32 matrix 0..11 of 3 x 4, its second row and its second column, over one storage.
std::string matrix_checkpoint(const std::string& before_data) {
  std::string bytes;
  for (int i = 0; i < 12; ++i) {
    const float value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  const std::string storage = tests::storage("FloatStorage", "0", 12);
  const std::string body =
      "}(" + tests::text("all") +
      tests::tensor(storage, 0, tests::tuple(3, 4), tests::tuple(4, 1)) + tests::text("row") +
      tests::tensor(storage, 4, tests::tuple(4), tests::tuple(1)) + tests::text("column") +
      tests::tensor(storage, 1, tests::tuple(3), tests::tuple(4)) + "u";
  return tests::build_zip({{.name = "a/data.pkl", .content = tests::pickle(body)},
                           {.name = "a/version", .content = "3"},
                           {.name = "a/pad", .content = before_data},
                           {.name = "a/data/0", .content = bytes}});
}

StateDict read(const std::string& file) {
  const auto bytes = std::as_bytes(std::span(file));
  return to_state_dict(archive::open_checkpoint(
      archive::MemorySource(std::vector<std::byte>(bytes.begin(), bytes.end()))));
}

TEST(TorchStateDict, HasTheCheckpointsTensors) {
  const StateDict weights = to_state_dict(archive::open_checkpoint(kWeights));
  ASSERT_EQ(weights.size(), 6u);
  EXPECT_EQ(weights.begin()->first, "features.0.weight");
  const at::Tensor& scores = weights.at("scores.weight");
  EXPECT_EQ(scores.sizes(), (std::vector<std::int64_t>{10, 256}));
  EXPECT_EQ(scores.scalar_type(), at::kFloat);
  EXPECT_FALSE(scores.requires_grad());
  EXPECT_EQ(tests::failure_of([&] { weights.at("none"); }).code, archive::errc::no_such_tensor);
}

TEST(TorchStateDict, LiesOverTheFileWithoutACopy) {
  const archive::Checkpoint checkpoint = archive::open_checkpoint(kWeights);
  const StateDict weights = to_state_dict(checkpoint);
  for (const auto& [name, tensor] : weights)
    EXPECT_EQ(tensor.data_ptr(), checkpoint.bytes(name).data()) << name;
}

TEST(TorchStateDict, LivesLongerThanTheCheckpoint) {
  at::Tensor bias;
  {
    const StateDict weights = to_state_dict(archive::open_checkpoint(kWeights));
    bias = weights.at("scores.bias");
  }
  EXPECT_TRUE(std::isfinite(bias.sum().item<float>()));
}

TEST(TorchStateDict, IsWrittenToWithoutHarmToTheFile) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", tests::read_file(kWeights));
  const std::string before = tests::read_file(folder / "x.pth");
  const StateDict weights = to_state_dict(archive::open_checkpoint(folder / "x.pth"));
  weights.at("scores.bias").zero_();
  EXPECT_EQ(weights.at("scores.bias").sum().item<float>(), 0.0f);
  EXPECT_EQ(tests::read_file(folder / "x.pth"), before);
}

TEST(TorchStateDict, KeepsAliasesAndStrides) {
  const StateDict tensors = read(matrix_checkpoint(""));
  EXPECT_TRUE(at::equal(tensors.at("row"), tensors.at("all")[1]));
  EXPECT_TRUE(at::equal(tensors.at("column"), tensors.at("all").select(1, 1)));
  tensors.at("row").fill_(9);
  EXPECT_EQ(tensors.at("column")[1].item<float>(), 9.0f);
}

TEST(TorchStateDict, IsAlignedWhereverTheBytesLie) {
  for (std::size_t pad = 0; pad < 8; ++pad) {
    const StateDict tensors = read(matrix_checkpoint(std::string(pad, 'x')));
    const at::Tensor& all = tensors.at("all");
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(all.data_ptr()) % alignof(float), 0u) << pad;
    EXPECT_TRUE(at::equal(all, at::arange(12, at::kFloat).reshape({3, 4}))) << pad;
  }
}

TEST(TorchDtype, IsNamedAsTorchNamesIt) {
  EXPECT_EQ(name_of(at::kFloat), "float32");
  EXPECT_EQ(name_of(at::kBool), "bool");
  EXPECT_EQ(name_of(at::kQInt8), "qint8");
  EXPECT_EQ(scalar_type_of(archive::DType::bfloat16), at::kBFloat16);
  for (const archive::DType dtype : {archive::DType::float64, archive::DType::complex64,
                                     archive::DType::uint8, archive::DType::int64}) {
    EXPECT_EQ(c10::elementSize(scalar_type_of(dtype).value()), archive::item_bytes(dtype)) << dtype;
  }
}

}  // namespace
}  // namespace torchhub
