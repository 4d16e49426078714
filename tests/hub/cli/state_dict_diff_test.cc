// What --diff tells of two tensors, and by how much they differ.

#include <torchhub/hub/cli/state_dict_diff.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

using namespace std::string_literals;
using tests::global;
using tests::integer;
using tests::little_endian;
using tests::pickle;
using tests::storage;
using tests::tensor;
using tests::text;
using tests::tuple;

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

// {'x': the tensor that `body` makes}, of one or three storages.
archive::Checkpoint checkpoint(const std::string& body, const std::string& data,
                               const std::string& scales = "", const std::string& zeros = "") {
  const std::string file =
      tests::build_zip({{.name = "a/data.pkl", .content = pickle("}" + text("x") + body + "s")},
                        {.name = "a/version", .content = "3"},
                        {.name = "a/data/0", .content = data},
                        {.name = "a/data/1", .content = scales},
                        {.name = "a/data/2", .content = zeros}});
  const auto bytes = std::as_bytes(std::span(file));
  return archive::open_checkpoint(
      archive::MemorySource(std::vector<std::byte>(bytes.begin(), bytes.end())));
}

archive::Checkpoint dense(const std::string& type, std::int32_t count, const std::string& data) {
  return checkpoint(tensor(storage(type, "0", count), 0, tuple(count), tuple(1)), data);
}

template <class T>
archive::Checkpoint dense(const std::string& type, std::initializer_list<T> values) {
  return dense(type, static_cast<std::int32_t>(values.size()), bytes_of(values));
}

std::string real(double value) {
  std::string bytes = little_endian(std::bit_cast<std::uint64_t>(value), 8);
  return "G" + std::string(bytes.rbegin(), bytes.rend());
}

std::string rebuilt(const std::string& type, std::int32_t count, const std::string& shape,
                    const std::string& stride, const std::string& quantizer) {
  return global("torch._utils", "_rebuild_qtensor") + "(" + storage(type, "0", count) + integer(0) +
         shape + stride + "(" + quantizer + "t\x89" + global("collections", "OrderedDict") + ")RtR";
}

archive::Checkpoint quantized(std::initializer_list<std::int8_t> values, double scale,
                              std::int32_t zero_point) {
  const auto count = static_cast<std::int32_t>(values.size());
  return checkpoint(
      rebuilt("QInt8Storage", count, tuple(count), tuple(1),
              global("torch", "per_tensor_affine") + real(scale) + integer(zero_point)),
      bytes_of(values));
}

// Of 2 x 3 elements, a scale for each row or each column.
archive::Checkpoint by_channel(std::initializer_list<std::int8_t> values,
                               std::initializer_list<double> scales,
                               std::initializer_list<std::int64_t> zeros, std::int32_t axis) {
  const auto count = static_cast<std::int32_t>(scales.size());
  const std::string quantizer =
      global("torch", "per_channel_affine") +
      tensor(storage("DoubleStorage", "1", count), 0, tuple(count), tuple(1)) +
      tensor(storage("LongStorage", "2", count), 0, tuple(count), tuple(1)) + integer(axis);
  return checkpoint(rebuilt("QInt8Storage", 6, tuple(2, 3), tuple(3, 1), quantizer),
                    bytes_of(values), bytes_of(scales), bytes_of(zeros));
}

ChangedTensor changed(const archive::Checkpoint& a, const archive::Checkpoint& b) {
  const StateDictDiff diff = diff_state_dicts(a, b);
  EXPECT_TRUE(diff.only_a.empty());
  EXPECT_TRUE(diff.only_b.empty());
  EXPECT_LE(diff.changed.size(), 1u);
  return diff.changed.empty() ? ChangedTensor{"", "nothing", std::nullopt} : diff.changed[0];
}

TEST(StateDictDiff, IsExactForWholeNumbers) {
  using Limits = std::numeric_limits<std::int64_t>;
  const auto of_int64 = [](std::int64_t a, std::int64_t b) {
    const ChangedTensor tensor = changed(dense<std::int64_t>("LongStorage", {7, a}),
                                         dense<std::int64_t>("LongStorage", {7, b}));
    EXPECT_EQ(tensor.reason, "values");
    return std::get<std::uint64_t>(tensor.max_abs.value());
  };
  constexpr std::int64_t kWide = std::int64_t{1} << 53;
  EXPECT_EQ(of_int64(kWide, kWide + 1), 1u);
  EXPECT_EQ(of_int64(-kWide - 1, -kWide), 1u);
  EXPECT_EQ(of_int64(kWide * 512, kWide * 512 + 1), 1u);
  EXPECT_EQ(of_int64(Limits::min(), Limits::max()), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(of_int64(Limits::max(), -2), (std::uint64_t{1} << 63) + 1);
  EXPECT_EQ(std::get<std::uint64_t>(
                changed(dense<std::int32_t>("IntStorage", {std::numeric_limits<int>::min()}),
                        dense<std::int32_t>("IntStorage", {std::numeric_limits<int>::max()}))
                    .max_abs.value()),
            0xFFFFFFFFu);
  EXPECT_EQ(std::get<std::uint64_t>(changed(dense<std::uint8_t>("BoolStorage", {1}),
                                            dense<std::uint8_t>("BoolStorage", {0}))
                                        .max_abs.value()),
            1u);
  EXPECT_EQ(changed(dense<std::int64_t>("LongStorage", {kWide + 1}),
                    dense<std::int64_t>("LongStorage", {kWide + 1}))
                .reason,
            "nothing");
}

TEST(StateDictDiff, PairsTypesExactly) {
  constexpr std::int64_t kWide = (std::int64_t{1} << 53) + 1;
  const ChangedTensor whole = changed(dense<std::int64_t>("LongStorage", {5, 1}),
                                      dense<std::int32_t>("IntStorage", {5, 3}));
  EXPECT_EQ(whole.reason, "dtype int64 -> int32");
  EXPECT_EQ(std::get<std::uint64_t>(whole.max_abs.value()), 2u);
  const ChangedTensor mixed = changed(dense<std::int64_t>("LongStorage", {kWide}),
                                      dense<double>("DoubleStorage", {9007199254740992.0}));
  EXPECT_EQ(std::get<double>(mixed.max_abs.value()), 1.0);
}

TEST(StateDictDiff, KnowsWhereNumbersEnd) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto of = [](double a, double b) {
    const ChangedTensor tensor =
        changed(dense<double>("DoubleStorage", {a, 1}), dense<double>("DoubleStorage", {b, 1}));
    return tensor.max_abs ? std::get<double>(*tensor.max_abs) : -1;
  };
  EXPECT_TRUE(std::isnan(of(kNan, 1)));
  EXPECT_TRUE(std::isnan(of(1, kNan)));
  EXPECT_EQ(of(kInfinity, -kInfinity), kInfinity);
  EXPECT_EQ(of(kInfinity, 1), kInfinity);
  EXPECT_EQ(of(kNan, kNan), -1);
  EXPECT_EQ(of(kInfinity, kInfinity), -1);
  EXPECT_EQ(of(0.5, 0.25), 0.25);
  EXPECT_EQ(of(0.0, -0.0), 0);
  // The same NaN in another type, and what is beside it.
  const ChangedTensor converted =
      changed(dense<double>("DoubleStorage", {kNan, 2}),
              dense<float>("FloatStorage", {std::numeric_limits<float>::quiet_NaN(), 1}));
  EXPECT_EQ(std::get<double>(converted.max_abs.value()), 1);
}

TEST(StateDictDiff, ComparesQuantizedTensorsByTheirValues) {
  const auto value = [](const ChangedTensor& tensor) {
    return std::get<double>(tensor.max_abs.value());
  };
  // 0, 1, 2 at two scales.
  const ChangedTensor rescaled =
      changed(quantized({0, 2, 4}, 0.5, 0), quantized({0, 4, 8}, 0.25, 0));
  EXPECT_EQ(rescaled.reason, "quantization, scale 0.5 -> 0.25");
  EXPECT_EQ(value(rescaled), 0);
  // As torch computes them, in float32: 0.1 * 3 is 0.3 * 1.
  EXPECT_EQ(value(changed(quantized({3}, 0.1, 0), quantized({1}, 0.3, 0))), 0);
  // The same integers.
  const ChangedTensor same = changed(quantized({0, 2}, 0.5, 0), quantized({0, 2}, 0.25, 0));
  EXPECT_EQ(same.reason, "quantization, scale 0.5 -> 0.25");
  EXPECT_EQ(value(same), 0.5);
  const ChangedTensor moved = changed(quantized({0, 2}, 0.5, 0), quantized({1, 3}, 0.5, 1));
  EXPECT_EQ(moved.reason, "quantization, zero point 0 -> 1");
  EXPECT_EQ(value(moved), 0);
  const ChangedTensor other = changed(quantized({0, 2}, 0.5, 3), quantized({0, 5}, 0.5, 3));
  EXPECT_EQ(other.reason, "values");
  EXPECT_EQ(value(other), 1.5);
  EXPECT_EQ(changed(quantized({0, 2}, 0.5, 3), quantized({0, 2}, 0.5, 3)).reason, "nothing");
  const ChangedTensor plain =
      changed(quantized({0, 2}, 0.5, 0), dense<float>("FloatStorage", {0, 1.5}));
  EXPECT_EQ(plain.reason, "dtype qint8 -> float32");
  EXPECT_EQ(value(plain), 0.5);
}

TEST(StateDictDiff, ComparesChannelsByTheirScales) {
  const auto value = [](const ChangedTensor& tensor) {
    return std::get<double>(tensor.max_abs.value());
  };
  const ChangedTensor rows = changed(by_channel({1, 2, 3, 4, 5, 6}, {0.5, 1}, {0, 0}, 0),
                                     by_channel({2, 4, 6, 4, 5, 6}, {0.25, 1}, {0, 0}, 0));
  EXPECT_EQ(rows.reason, "quantization, scales of channels");
  EXPECT_EQ(value(rows), 0);
  const ChangedTensor columns = changed(by_channel({1, 2, 3, 4, 5, 6}, {0.5, 1, 2}, {0, 0, 0}, 1),
                                        by_channel({1, 2, 3, 4, 5, 7}, {0.5, 1, 2}, {0, 0, 0}, 1));
  EXPECT_EQ(columns.reason, "values");
  EXPECT_EQ(value(columns), 2);
  const ChangedTensor zeros = changed(by_channel({1, 2, 3, 4, 5, 6}, {0.5, 1}, {0, 0}, 0),
                                      by_channel({1, 2, 3, 5, 6, 7}, {0.5, 1}, {0, 1}, 0));
  EXPECT_EQ(zeros.reason, "quantization, zero points of channels");
  EXPECT_EQ(value(zeros), 0);
  const ChangedTensor scheme =
      changed(by_channel({1, 2, 3, 4, 5, 6}, {0.5, 0.5}, {0, 0}, 0),
              by_channel({1, 2, 3, 4, 5, 6}, {0.5, 0.5, 0.5}, {0, 0, 0}, 1));
  EXPECT_EQ(scheme.reason, "quantization, axis 0 -> 1");
  EXPECT_EQ(value(scheme), 0);
}

// Elements that share bytes, in rows that begin with one.
TEST(StateDictDiff, ComparesPackedElements) {
  const auto packed = [](const std::string& data, std::int32_t zero_point) {
    return checkpoint(
        rebuilt("QUInt4x2Storage", 4, tuple(2, 3), tuple(3, 1),
                global("torch", "per_tensor_affine") + real(0.5) + integer(zero_point)),
        data);
  };
  // 1, 2, 3 and 4, 5, 6.
  const std::string numbers = "\x21\x03\x54\x06";
  EXPECT_EQ(changed(packed(numbers, 0), packed(numbers, 0)).reason, "nothing");
  const ChangedTensor last = changed(packed(numbers, 0), packed("\x21\x03\x54\x0F", 0));
  EXPECT_EQ(last.reason, "values");
  EXPECT_EQ(std::get<double>(last.max_abs.value()), 4.5);
  const ChangedTensor second = changed(packed(numbers, 0), packed("\x41\x03\x54\x06", 0));
  EXPECT_EQ(std::get<double>(second.max_abs.value()), 1);
  const ChangedTensor moved = changed(packed(numbers, 0), packed("\x32\x04\x65\x07", 1));
  EXPECT_EQ(moved.reason, "quantization, zero point 0 -> 1");
  EXPECT_EQ(std::get<double>(moved.max_abs.value()), 0);
}

}  // namespace
}  // namespace torchhub::cli
