#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/tests/archive/attack.h>

#include <cstring>
#include <limits>
#include <type_traits>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

std::string metadata(const std::string& key, const std::string& value = "\x88") {
  return "}(" + text(key) + value + "u";
}

// A tensor of `size` elements whose metadata say that it is a view of what is stored.
std::string view(const std::string& storage_type, std::size_t size, const std::string& metadata) {
  const auto count = static_cast<std::int32_t>(size);
  return global("torch._utils", "_rebuild_tensor_v2") + "(" + storage(storage_type, "0", count) +
         integer(0) + tuple(count) + tuple(1) + "\x89" + global("collections", "OrderedDict") +
         ")R" + metadata + "tR";
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string file_of(const std::string& body, const std::string& stored) {
  return torch_zip(pickle(body), {{.name = "archive/data/0", .content = stored}});
}

template <class T>
std::vector<T> elements(const std::string& body, const std::vector<T>& stored) {
  const Checkpoint checkpoint = open_bytes(file_of(body, bytes_of(stored)));
  std::string bytes;
  for_each_piece(checkpoint, checkpoint.tensors()[0], [&](std::span<const std::byte> piece) {
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

template <class T>
void expect_negated(const std::string& storage_type) {
  SCOPED_TRACE(storage_type);
  std::vector<T> stored = {0,
                           1,
                           2,
                           100,
                           std::numeric_limits<T>::min(),
                           std::numeric_limits<T>::max(),
                           static_cast<T>(-1)};
  for (int i = 0; i < 300'000; ++i) stored.push_back(static_cast<T>(i * 7919));
  std::vector<T> wanted;
  for (const T value : stored)
    wanted.push_back(static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(value)));
  EXPECT_EQ(elements(view(storage_type, stored.size(), metadata("neg")), stored), wanted);
}

TEST(TensorBytes, IntegersAreNegatedAsTorchDoesIt) {
  expect_negated<std::int64_t>("LongStorage");
  expect_negated<std::int32_t>("IntStorage");
  expect_negated<std::int16_t>("ShortStorage");
  expect_negated<std::int8_t>("CharStorage");
  expect_negated<std::uint8_t>("ByteStorage");
}

TEST(TensorBytes, NumbersWithASignChangeIt) {
  EXPECT_EQ(elements<float>(view("FloatStorage", 4, metadata("neg")), {1, -2, 0.5, 3e38F}),
            (std::vector<float>{-1, 2, -0.5, -3e38F}));
  EXPECT_EQ(elements<double>(view("DoubleStorage", 2, metadata("neg")), {1, -1e300}),
            (std::vector<double>{-1, 1e300}));
  EXPECT_EQ(elements<std::uint16_t>(view("HalfStorage", 2, metadata("neg")), {0x3C00, 0xC000}),
            (std::vector<std::uint16_t>{0xBC00, 0x4000}));
  EXPECT_EQ(elements<std::uint16_t>(view("BFloat16Storage", 1, metadata("neg")), {0x3F80}),
            (std::vector<std::uint16_t>{0xBF80}));
}

// (real, imaginary) by (real, imaginary).
TEST(TensorBytes, ComplexNumbersAreConjugatedAndNegated) {
  const std::vector<float> stored = {1, 2, -3, 4};
  const auto read = [&](const std::string& metadata) {
    return elements<float>(view("ComplexFloatStorage", 2, metadata), stored);
  };
  EXPECT_EQ(read(metadata("conj")), (std::vector<float>{1, -2, -3, -4}));
  EXPECT_EQ(read(metadata("neg")), (std::vector<float>{-1, -2, 3, -4}));
  EXPECT_EQ(read("}(" + text("conj") + "\x88" + text("neg") + "\x88u"),
            (std::vector<float>{-1, 2, 3, 4}));
}

// torch::jit::setTensorMetadata asks for the key alone.
TEST(TensorBytes, MetadataHoldByBeingThere) {
  EXPECT_EQ(elements<float>(view("FloatStorage", 1, metadata("neg", "\x89")), {1}),
            std::vector<float>{-1});
  EXPECT_EQ(elements<float>(view("FloatStorage", 1, "}"), {1}), std::vector<float>{1});
}

TEST(TensorBytes, ViewsThatTorchDoesNotTakeAreRefused) {
  const auto refused = [](const std::string& storage_type, const std::string& key) {
    return tests::failure_of([&] {
             open_bytes(file_of(view(storage_type, 4, metadata(key)), std::string(64, '\1')));
           })
        .sentence;
  };
  for (const std::string type : {"FloatStorage", "HalfStorage", "LongStorage", "BoolStorage"})
    EXPECT_THAT(refused(type, "conj"), HasSubstr("is conjugated, whose numbers are not complex"));
  EXPECT_THAT(refused("BoolStorage", "neg"), HasSubstr("a tensor of bool is negated"));
}

}  // namespace
}  // namespace torchhub::archive
