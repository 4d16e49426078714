#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/storage_reader.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

constexpr const char* kWeights = "hub/examples/digits_release/digit_reader-c0f7955a.pth";

// A float32 matrix 0..11 of 3 x 4, its second row and its second column, over one storage.
std::string matrix_checkpoint(const std::string& before_data, bool deflate = false) {
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
                           {.name = "a/data/0", .content = bytes, .deflate = deflate}});
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

// A storage that a zip tool has compressed is inflated once, however it is asked for.
TEST(TorchStateDict, LiesOverWhatWasInflated) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", matrix_checkpoint("", true));
  const archive::Checkpoint checkpoint = archive::open_checkpoint(folder / "x.pth");
  for (const Storage storage : {Storage::mapped, Storage::in_memory}) {
    const StateDict weights = to_state_dict(checkpoint, StateDictOptions().storage(storage));
    EXPECT_TRUE(at::equal(weights.at("all"), at::arange(12, at::kFloat).reshape({3, 4})));
    EXPECT_TRUE(at::equal(weights.at("column"), at::arange(1, 12, 4, at::kFloat)));
    EXPECT_EQ(weights.at("all").data_ptr(), checkpoint.bytes("all").data());
    EXPECT_TRUE(weights.at("row").is_alias_of(weights.at("all")));
  }
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

TEST(TorchStateDict, IsReadIntoMemoryIfAsked) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", tests::read_file(kWeights));
  const archive::Checkpoint checkpoint = archive::open_checkpoint(folder / "x.pth");
  const StateDict read = to_state_dict(checkpoint, StateDictOptions().storage(Storage::in_memory));
  const StateDict mapped = to_state_dict(checkpoint, StateDictOptions().storage(Storage::mapped));
  for (const auto& [name, tensor] : mapped) {
    EXPECT_TRUE(at::equal(read.at(name), tensor)) << name;
    EXPECT_NE(read.at(name).data_ptr(), tensor.data_ptr()) << name;
  }
  // A local disk's files are mapped by default.
  EXPECT_EQ(to_state_dict(checkpoint).begin()->second.data_ptr(),
            mapped.begin()->second.data_ptr());
}

TEST(TorchStateDict, KeepsAliasesInMemory) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", matrix_checkpoint(""));
  const StateDict tensors =
      load_state_dict(folder / "x.pth", StateDictOptions().storage(Storage::in_memory));
  tensors.at("row").fill_(9);
  EXPECT_EQ(tensors.at("column")[1].item<float>(), 9.0f);
}

TEST(TorchStateDict, ReadsOnIfTheFileWasReplaced) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", matrix_checkpoint(""));
  const archive::Checkpoint checkpoint = archive::open_checkpoint(folder / "x.pth");
  tests::write_file(folder / "y.pth", std::string(4096, 'y'));
  std::filesystem::rename(folder / "y.pth", folder / "x.pth");
  const StateDict tensors =
      to_state_dict(checkpoint, StateDictOptions().storage(Storage::in_memory));
  EXPECT_TRUE(at::equal(tensors.at("all"), at::arange(12, at::kFloat).reshape({3, 4})));
}

TEST(TorchStateDict, SaysIfTheFileWasCutOff) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", tests::read_file(kWeights));
  const archive::Checkpoint checkpoint = archive::open_checkpoint(folder / "x.pth");
  std::filesystem::resize_file(folder / "x.pth", 10'000);
  const tests::Failure failure = tests::failure_of(
      [&] { to_state_dict(checkpoint, StateDictOptions().storage(Storage::in_memory)); });
  EXPECT_EQ(failure.code, archive::errc::file_changed);
  EXPECT_NE(failure.sentence.find("x.pth"), std::string::npos);
}

TEST(TorchStateDict, HasOnlyTheNamesThatWereAskedFor) {
  const StateDict scores = load_state_dict(kWeights, StateDictOptions().names("scores.*"));
  EXPECT_EQ(scores.size(), 2u);
  EXPECT_TRUE(scores.find("scores.bias"));
  EXPECT_FALSE(scores.find("features.0.weight"));
}

TEST(TorchStateDict, IsConvertedOnTheWayWithItsAliases) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", matrix_checkpoint(""));
  const StateDict tensors = load_state_dict(folder / "x.pth", StateDictOptions().dtype(at::kHalf));
  EXPECT_EQ(tensors.at("all").scalar_type(), at::kHalf);
  EXPECT_TRUE(at::equal(tensors.at("row"), tensors.at("all")[1]));
  tensors.at("row").fill_(9);
  EXPECT_EQ(tensors.at("column")[1].item<float>(), 9.0f);
  EXPECT_EQ(
      tests::failure_of([&] {
        load_state_dict(folder / "x.pth", StateDictOptions().dtype(at::kInt));
      }).sentence,
      "tensors cannot be turned into int32 on the way: only a floating-point type can be asked "
      "for");
}

TEST(TorchStateDict, GoesWhereMapLocationSays) {
  const StateDictOptions to_meta = StateDictOptions().map_location(at::Device("meta"));
  const StateDict shapes = load_state_dict(kWeights, to_meta);
  EXPECT_TRUE(shapes.at("scores.weight").is_meta());
  EXPECT_EQ(shapes.at("scores.weight").sizes(), (std::vector<std::int64_t>{10, 256}));

  std::vector<std::string> locations;
  const auto note = [&](std::string_view location) {
    locations.emplace_back(location);
    return at::Device(at::kCPU);
  };
  load_state_dict(kWeights, StateDictOptions().names("scores.*").map_location(note));
  EXPECT_EQ(locations, (std::vector<std::string>{"cpu", "cpu"}));

  const StateDict by_table =
      load_state_dict(kWeights, StateDictOptions().map_location({{"cpu", at::Device("meta")}}));
  EXPECT_TRUE(by_table.at("scores.bias").is_meta());
  const StateDict elsewhere =
      load_state_dict(kWeights, StateDictOptions().map_location({{"cuda:0", at::Device("meta")}}));
  EXPECT_TRUE(elsewhere.at("scores.bias").is_cpu());
}

TEST(TorchStateDict, SaysIfADeviceIsNotThere) {
  if (at::hasCUDA()) GTEST_SKIP() << "this LibTorch has the device";
  const tests::Failure failure = tests::failure_of(
      [&] { load_state_dict(kWeights, StateDictOptions().map_location(at::Device("cuda:0"))); });
  EXPECT_EQ(failure.code, errc::libtorch);
  EXPECT_EQ(failure.sentence.substr(0, 31), "the tensor 'features.0.weight':");
}

TEST(TorchStateDict, IsMadeOfAProgramsTensorsToo) {
  const StateDict mine({{"a", at::ones({2})}, {"b", at::zeros({3})}});
  EXPECT_EQ(mine.size(), 2u);
  EXPECT_EQ(mine.at("b").numel(), 3);
  EXPECT_EQ(mine.values().kind(), archive::Value::Kind::none);
  EXPECT_EQ(StateDict().size(), 0u);
}

TEST(NetworkFileSystems, AreKnownByTheirNumbers) {
  EXPECT_TRUE(archive::is_network_file_system(0x6969));
  EXPECT_TRUE(archive::is_network_file_system(static_cast<std::int32_t>(0xFF534D42)));
  EXPECT_FALSE(archive::is_network_file_system(0xEF53));      // ext4
  EXPECT_FALSE(archive::is_network_file_system(0x01021994));  // tmpfs
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
