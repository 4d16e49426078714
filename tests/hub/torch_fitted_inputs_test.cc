#include <torchhub/hub/detail/torch_fitted_inputs.h>
#include <torchhub/hub/error.h>
#include <torchhub/tests/support/errors.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/_neg_view.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/quantize_per_tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::detail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::failure_of;

// Of one float32 input on the CPU.
ModelInputs wanted(const std::string& sizes, const std::string& strides,
                   const std::string& rest = R"("symbols": {}, "rules": [])") {
  const ReadInputs read = read_inputs_record(
      R"({"version": 1, "inputs": [{"dtype": "float32", "device": "cpu", "sizes": )" + sizes +
      R"(, "strides": )" + strides + "}], " + rest + "}");
  return *read;
}

// x: s0 x 3, y: 2 * s0 - 1, with an even s0 of 2 to 8.
ModelInputs two() {
  return *read_inputs_record(R"({
      "version": 1,
      "inputs": [{"dtype": "float32", "device": "cpu", "sizes": ["s0", 3], "strides": [3, 1]},
                 {"dtype": "int64", "device": "cpu", "sizes": [["+", -1, ["*", 2, "s0"]]], "strides": [1]}],
      "symbols": {"s0": {"min": 2, "max": 8}},
      "rules": [["==", ["%", "s0", 2], 0]]})");
}

std::string refusal(const ModelInputs& model, const std::vector<at::Tensor>& inputs) {
  const tests::Failure failure = failure_of([&] { fit_inputs(model, inputs, 0, "m.pt2"); });
  if (failure.sentence != "(nothing was thrown)") {
    EXPECT_EQ(failure.code, errc::input_mismatch);
  }
  return failure.sentence;
}

at::Tensor fitted(const ModelInputs& model, const at::Tensor& input) {
  return fit_inputs(model, {input}, 0, "m.pt2").inputs.at(0);
}

at::Tensor numbers(std::vector<std::int64_t> sizes) {
  return at::arange(c10::multiply_integers(sizes), at::kFloat).reshape(sizes);
}

TEST(FittedInputs, WhatDoesNotFitIsRefused) {
  const ModelInputs model = wanted("[2, 3]", "[3, 1]");
  EXPECT_EQ(refusal(model, {at::ones({2, 3})}), "(nothing was thrown)");
  EXPECT_EQ(refusal(model, {}), "m.pt2: takes 1 input, not 0");
  EXPECT_EQ(refusal(model, {at::ones({2, 3}), at::ones({2, 3})}), "m.pt2: takes 1 input, not 2");
  const std::string is_wanted = ", and float32 of 2 x 3 on cpu is wanted";
  const auto on_cpu = [&](const std::string& what) {
    return "m.pt2: input 0 is " + what + " on cpu" + is_wanted;
  };
  EXPECT_EQ(refusal(model, {at::ones({2, 3}, at::kDouble)}), on_cpu("float64 of 2 x 3"));
  EXPECT_EQ(refusal(model, {at::ones({3, 2})}), on_cpu("float32 of 3 x 2"));
  EXPECT_EQ(refusal(model, {at::ones({6})}), on_cpu("float32 of 6"));
  EXPECT_EQ(refusal(model, {at::ones({})}), on_cpu("float32 of scalar"));
  EXPECT_EQ(refusal(model, {at::ones({2, 3, 1})}), on_cpu("float32 of 2 x 3 x 1"));
  EXPECT_EQ(refusal(model, {at::ones({2, 3}, at::kComplexFloat)}), on_cpu("complex64 of 2 x 3"));
  EXPECT_EQ(refusal(model, {at::ones({2, 3}).to_sparse()}), on_cpu("float32 of layout Sparse"));
  EXPECT_EQ(refusal(model, {at::ones({2, 3}).to_sparse_csr()}),
            on_cpu("float32 of layout SparseCsr"));
  EXPECT_EQ(refusal(model, {at::quantize_per_tensor(at::ones({2, 3}), 1, 0, at::kQUInt8)}),
            on_cpu("quint8 of 2 x 3"));
  EXPECT_EQ(refusal(model, {at::empty({2, 3}, at::kMeta)}),
            "m.pt2: input 0 is float32 of 2 x 3 on meta" + is_wanted);
  EXPECT_EQ(refusal(model, {at::Tensor()}), "m.pt2: input 0 is no tensor" + is_wanted);
}

TEST(FittedInputs, SizesThatChangeHaveRules) {
  const auto refused = [](std::int64_t rows, std::int64_t length) {
    return refusal(two(), {at::ones({rows, 3}), at::ones({length}, at::kLong)});
  };
  EXPECT_EQ(refused(2, 3), "(nothing was thrown)");
  EXPECT_EQ(refused(8, 15), "(nothing was thrown)");
  EXPECT_EQ(refused(4, 9),
            "m.pt2: dimension 0 of input 1 is 9, and 7 is wanted: -1 + (2 * s0), where "
            "s0 is dimension 0 of input 0 (4)");
  EXPECT_EQ(refused(10, 19), "m.pt2: dimension 0 of input 0 is 10, and 2 to 8 is wanted");
  EXPECT_EQ(refused(0, -1 + 1),
            "m.pt2: dimension 0 of input 1 is 0, and -1 is wanted: -1 + (2 * s0), "
            "where s0 is dimension 0 of input 0 (0)");
  EXPECT_EQ(refused(1, 1), "m.pt2: dimension 0 of input 0 is 1, and 2 to 8 is wanted");
  EXPECT_EQ(refused(3, 5),
            "m.pt2: its inputs' sizes must fulfil (s0 % 2) == 0, where s0 is dimension "
            "0 of input 0 (3)");
  EXPECT_EQ(refusal(two(), {at::ones({2, 4}), at::ones({3}, at::kLong)}),
            "m.pt2: input 0 is float32 of 2 x 4 on cpu, and float32 of ? x 3 on cpu is wanted");
  EXPECT_EQ(refusal(two(), {at::ones({2, 3}), at::ones({3}, at::kInt)}),
            "m.pt2: input 1 is int32 of 3 on cpu, and int64 of ? on cpu is wanted");
}

TEST(FittedInputs, SizesThatAreEqual) {
  const ModelInputs square =
      wanted(R"(["s0", "s0"])", R"(["s0", 1])", R"("symbols": {"s0": {"min": 0}}, "rules": [])");
  EXPECT_EQ(refusal(square, {at::ones({4, 4})}), "(nothing was thrown)");
  EXPECT_EQ(
      refusal(square, {at::ones({4, 5})}),
      "m.pt2: dimension 1 of input 0 is 5, and 4 is wanted: s0, where s0 is dimension 0 of input 0 "
      "(4)");
}

TEST(FittedInputs, ASizeThatIsNoMultiple) {
  const ModelInputs even = wanted(R"([["*", 2, "s0"]])", "[1]",
                                  R"("symbols": {"s0": {"min": 0, "max": 3}}, "rules": [])");
  EXPECT_EQ(refusal(even, {at::ones({6})}), "(nothing was thrown)");
  EXPECT_EQ(refusal(even, {at::ones({5})}),
            "m.pt2: dimension 0 of input 0 is 5, and 2 * s0 is wanted of a whole number s0");
  EXPECT_EQ(refusal(even, {at::ones({8})}),
            "m.pt2: a part of dimension 0 of input 0 is 4, and 0 to 3 is wanted");
}

TEST(FittedInputs, ARuleThatDividesByZeroDoesNotHold) {
  const ModelInputs model = wanted(
      R"(["s0"])", "[1]", R"("symbols": {"s0": {"min": 0}}, "rules": [["==", ["%", 4, "s0"], 0]])");
  EXPECT_EQ(refusal(model, {at::ones({2})}), "(nothing was thrown)");
  EXPECT_EQ(
      refusal(model, {at::ones({0})}),
      "m.pt2: its inputs' sizes must fulfil (4 % s0) == 0, where s0 is dimension 0 of input 0 (0)");
}

TEST(FittedInputs, WhatOnlyLiesOtherwiseIsCopied) {
  const ModelInputs rows = wanted("[2, 3, 4, 4]", "[48, 16, 4, 1]");
  const at::Tensor image = numbers({2, 3, 4, 4});
  EXPECT_EQ(fitted(rows, image).data_ptr(), image.data_ptr());
  const at::Tensor wide = numbers({2, 3, 4, 8});
  const at::Tensor complex = at::complex(numbers({2, 3, 4, 4}), numbers({2, 3, 4, 4}) + 100);
  const std::vector<at::Tensor> views = {
      image.contiguous(at::MemoryFormat::ChannelsLast),
      image.transpose(2, 3),
      wide.slice(3, 1, 5),
      wide.slice(3, 0, 8, 2),
      numbers({2, 3, 1, 1}).expand({2, 3, 4, 4}),
      numbers({1}).expand({2, 3, 4, 4}),
      at::imag(complex.conj()),
      at::_neg_view(image),
  };
  for (const at::Tensor& view : views) {
    const at::Tensor tensor = fitted(rows, view);
    EXPECT_THAT(tensor.strides(), ElementsAre(48, 16, 4, 1));
    EXPECT_FALSE(tensor.is_neg());
    EXPECT_TRUE(at::equal(tensor, view.contiguous())) << view.strides();
  }
  // And the other way around.
  const ModelInputs channels_last = wanted("[2, 3, 4, 4]", "[48, 1, 12, 3]");
  for (const at::Tensor& view : views) {
    const at::Tensor tensor = fitted(channels_last, view);
    EXPECT_THAT(tensor.strides(), ElementsAre(48, 1, 12, 3));
    EXPECT_TRUE(at::equal(tensor, view)) << view.strides();
  }
  EXPECT_EQ(fitted(channels_last, views[0]).data_ptr(), views[0].data_ptr());
}

TEST(FittedInputs, AConjugateIsWorkedOut) {
  ModelInputs model = wanted("[2]", "[1]");
  model.inputs[0].dtype = archive::DType::complex64;
  const at::Tensor view = at::complex(numbers({2}), numbers({2}) + 1).conj();
  ASSERT_TRUE(view.is_conj());
  EXPECT_FALSE(fitted(model, view).is_conj());
  EXPECT_TRUE(at::equal(fitted(model, view), view));
}

TEST(FittedInputs, AStrideThatMeansNothingIsMadeRightWithoutACopy) {
  const ModelInputs model = wanted("[1, 3]", "[3, 1]");
  const at::Tensor row = numbers({2, 6}).slice(0, 1, 2).slice(1, 0, 3);
  ASSERT_EQ(row.stride(0), 6);
  const at::Tensor tensor = fitted(model, row);
  EXPECT_EQ(tensor.data_ptr(), row.data_ptr());
  EXPECT_THAT(tensor.strides(), ElementsAre(3, 1));
}

TEST(FittedInputs, StridesThatChangeWithSizes) {
  const ModelInputs model =
      wanted(R"(["n", 3, "h", "w"])", R"([["*", 3, "h", "w"], 1, ["*", 3, "w"], 3])",
             R"("symbols": {"n": {"min": 0}, "h": {"min": 0}, "w": {"min": 0}}, "rules": [])");
  const at::Tensor image = numbers({1, 3, 4, 5});
  EXPECT_THAT(fitted(model, image).strides(), ElementsAre(60, 1, 15, 3));
  EXPECT_TRUE(at::equal(fitted(model, image), image));
}

TEST(FittedInputs, AnOrderThatIsToldInPart) {
  ModelInputs model =
      wanted(R"(["n", 3, "h", "w"])", R"([["*", 3, "h", "w"], 1, ["*", 3, "w"], 3])",
             R"("symbols": {"n": {"min": 0}, "h": {"min": 0}, "w": {"min": 0}}, "rules": [])");
  std::vector<std::optional<SizeExpression>>& strides = model.inputs[0].strides;
  strides[0] = strides[2] = std::nullopt;
  const at::Tensor image = numbers({2, 3, 4, 5});
  EXPECT_THAT(fitted(model, image).strides(), ElementsAre(60, 1, 15, 3));
  // Row by row where nothing is told.
  strides.clear();
  EXPECT_THAT(fitted(model, image.transpose(2, 3)).strides(), ElementsAre(60, 20, 4, 1));
  // An order of its own, which one that lies so has.
  strides = {std::nullopt, std::nullopt, std::nullopt,
             SizeExpression{.number = 7, .arguments = {}}};
  EXPECT_EQ(refusal(model, {image}),
            "m.pt2: input 0 must lie in memory in an order that the package does not tell");
  const at::Tensor wide = numbers({2, 3, 4, 35}).slice(3, 0, 35, 7);
  EXPECT_EQ(fitted(model, wide).data_ptr(), wide.data_ptr());
}

TEST(FittedInputs, OfNothingNothingIsComputed) {
  const auto model = [](const std::string& outputs) {
    return wanted(R"(["s0", 3])", "[3, 1]",
                  R"("symbols": {"s0": {"min": 0}}, "rules": [], "outputs": )" + outputs);
  };
  const auto outputs_of = [](const ModelInputs& wanted, std::int64_t rows) {
    return fit_inputs(wanted, {at::ones({rows, 3})}, 0, "m.pt2").outputs;
  };
  const ModelInputs rows =
      model(R"([{"dtype": "int64", "device": "cpu", "sizes": [5, ["*", 2, "s0"]]}])");
  EXPECT_FALSE(outputs_of(rows, 1));
  const auto outputs = outputs_of(rows, 0);
  ASSERT_TRUE(outputs);
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ(outputs->at(0).scalar_type(), at::kLong);
  EXPECT_THAT(outputs->at(0).sizes(), ElementsAre(5, 0));
  // What would not be empty is left to nobody: the code may divide by that 0.
  const std::string refused = ", which machine code is not trusted with";
  EXPECT_EQ(refusal(model(R"([{"dtype": "float32", "device": "cpu", "sizes": [3]}])"),
                    {at::ones({0, 3})}),
            "m.pt2: an input has a size of 0, and output 0 would not be empty" + refused);
  EXPECT_EQ(
      refusal(model(R"([{"dtype": "int8", "device": "cpu", "sizes": [["//", 4, "s0"]]}])"),
              {at::ones({0, 3})}),
      "m.pt2: an input has a size of 0, and the size of a result is not known then" + refused);
  EXPECT_EQ(refusal(wanted(R"(["s0"])", "[1]", R"("symbols": {"s0": {"min": 0}}, "rules": [])"),
                    {at::ones({0})}),
            "m.pt2: an input has a size of 0, and it is not told what is returned then" + refused);
  // A model that was made for nothing has code for it.
  EXPECT_THAT(fitted(wanted("[0, 3]", "[3, 1]"), at::ones({0, 3})).sizes(), ElementsAre(0, 3));
}

TEST(FittedInputs, WhereNothingIsTold) {
  ModelInputs model;
  model.inputs.resize(1);
  const at::Tensor turned = numbers({2, 3}).t();
  EXPECT_THAT(fitted(model, turned).strides(), ElementsAre(2, 1));
  EXPECT_TRUE(at::equal(fitted(model, turned), turned));
  EXPECT_THAT(refusal(model, {at::ones({2, 0})}),
              HasSubstr("it is not told what is returned then"));
  EXPECT_EQ(refusal(model, {at::ones({2}).to_sparse()}),
            "m.pt2: input 0 is float32 of layout Sparse on cpu, and a tensor is wanted");
}

}  // namespace
}  // namespace torchhub::detail
