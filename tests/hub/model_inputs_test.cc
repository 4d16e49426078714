#include <torchhub/hub/detail/model_inputs.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::detail {
namespace {

using archive::DType;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> texts(const std::vector<SizeExpression>& expressions,
                               const ModelInputs& inputs) {
  std::vector<std::string> texts;
  for (const SizeExpression& expression : expressions)
    texts.push_back(text_of(expression, inputs.symbols));
  return texts;
}

// "-" for a stride that is not told.
std::vector<std::string> strides(const ModelInputs& inputs, std::size_t i) {
  std::vector<std::string> texts;
  for (const auto& stride : inputs.inputs[i].strides)
    texts.push_back(stride ? text_of(*stride, inputs.symbols) : "-");
  return texts;
}

TEST(ModelInputs, OfOurRecord) {
  const ReadInputs read = read_inputs_record(R"({
      "version": 1, "later": [],
      "inputs": [{"dtype": "float32", "device": "cpu", "sizes": ["s0", 3], "strides": [3, 1]},
                 {"dtype": "int64", "device": "cuda", "sizes": [], "strides": []}],
      "symbols": {"s0": {"min": 3, "max": 64}, "unused": {}},
      "rules": [["==", ["%", "s0", 2], 0]],
      "outputs": [{"dtype": "bool", "device": "cpu", "sizes": [["*", 2, "s0"]]}]})");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->inputs.size(), 2u);
  EXPECT_EQ(read->inputs[0].dtype, DType::float32);
  EXPECT_EQ(read->inputs[0].device, "cpu");
  EXPECT_THAT(texts(*read->inputs[0].sizes, *read), ElementsAre("s0", "3"));
  EXPECT_THAT(strides(*read, 0), ElementsAre("3", "1"));
  EXPECT_EQ(read->inputs[1].dtype, DType::int64);
  EXPECT_EQ(read->inputs[1].device, "cuda");
  EXPECT_THAT(*read->inputs[1].sizes, ElementsAre());
  EXPECT_THAT(read->symbols, ElementsAre("s0"));
  EXPECT_EQ(read->bounds[0].least, 3);
  EXPECT_EQ(read->bounds[0].most, 64);
  EXPECT_THAT(texts(read->rules, *read), ElementsAre("(s0 % 2) == 0"));
  ASSERT_TRUE(read->outputs);
  EXPECT_EQ(read->outputs->at(0).dtype, DType::boolean);
  EXPECT_THAT(texts(*read->outputs->at(0).sizes, *read), ElementsAre("2 * s0"));
  EXPECT_EQ(read->untold, "");

  // Names of parameters, where each takes one input.
  const ReadInputs named =
      read_inputs_record(R"({"version": 1, "symbols": {}, "rules": [], "inputs": [
      {"name": "image", "dtype": "float32", "device": "cpu", "sizes": [], "strides": []},
      {"dtype": "float32", "device": "cpu", "sizes": [], "strides": []}]})");
  ASSERT_TRUE(named) << named.error();
  ASSERT_TRUE(named->leaves);
  EXPECT_THAT(named->leaves->at(0).names, ElementsAre("0", "image"));
  EXPECT_THAT(named->leaves->at(1).names, ElementsAre("1"));

  const ReadInputs least =
      read_inputs_record(R"({"version": 1, "inputs": [], "symbols": {}, "rules": []})");
  ASSERT_TRUE(least);
  EXPECT_FALSE(least->outputs);
}

TEST(ModelInputs, OfARecordThatIsDamaged) {
  const auto flaw = [](const std::string& text) {
    const ReadInputs read = read_inputs_record(text);
    return read ? std::string("(it was read)") : read.error();
  };
  EXPECT_EQ(flaw(""), "it is no JSON object");
  EXPECT_EQ(flaw("[1]"), "it is no JSON object");
  EXPECT_EQ(flaw("{\"version\": 1"), "it is no JSON object");
  EXPECT_EQ(flaw(std::string(100'000, '[')), "it is no JSON object");
  EXPECT_EQ(flaw("{}"), "its version is not 1, which is the one that is known");
  EXPECT_EQ(flaw(R"({"version": 2})"), "its version is not 1, which is the one that is known");
  EXPECT_EQ(flaw(R"({"version": 1})"), "it has no \"inputs\"");
  const auto input = [&](const std::string& members) {
    return flaw(R"({"version": 1, "inputs": [{)" + members +
                R"(}], "symbols": {"s0": {"min": 0}}, "rules": []})");
  };
  const std::string sizes = R"("sizes": ["s0"], "strides": [1])";
  EXPECT_EQ(input(R"("dtype": "int8", "device": "cpu", )" + sizes), "(it was read)");
  for (const std::string& members :
       {sizes, R"("dtype": "int9", "device": "cpu", )" + sizes, R"("dtype": "int8", )" + sizes,
        std::string(R"("dtype": "int8", "device": "cpu", "sizes": ["s0"], "strides": []})"),
        std::string(R"("dtype": "int8", "device": "cpu", "sizes": [1e99], "strides": [1]})"),
        std::string(R"("dtype": "int8", "device": "cpu", "sizes": 3, "strides": 3)")})
    EXPECT_NE(input(members), "(it was read)") << members;
  const auto rest = [&](const std::string& members) {
    return flaw(R"({"version": 1, "inputs": [{"dtype": "int8", "device": "cpu", )" + sizes +
                "}], " + members + "}");
  };
  EXPECT_EQ(rest(R"("symbols": {"s0": {"min": 0}})"), "its \"rules\" are no list of conditions");
  EXPECT_EQ(rest(R"("symbols": {"s0": {"min": 0}}, "rules": [{}])"),
            "its \"rules\" are no list of conditions");
  EXPECT_EQ(rest(R"("rules": [])"), "the bounds of \"s0\" are no numbers");
  EXPECT_EQ(rest(R"("symbols": {"s0": {"min": 0, "max": 1e30}}, "rules": [])"),
            "the bounds of \"s0\" are no numbers");
  EXPECT_THAT(rest(R"("symbols": {"s0": {"min": 0}}, "rules": [], "outputs": [{}])"),
              HasSubstr("output 0 lacks"));
}

// As torch 2.13 writes it, shortened.
constexpr const char* kSource = R"(
    inputs_info_[0].name = "arg2_1";
    inputs_info_[1].name = "arg3_1";
    constants_info_[0].name = "constant_0_weight";
AOTI_NOINLINE static void check_input_0(
    int32_t arg2_1_expected_dtype = aoti_torch_dtype_float32();
    if (arg2_1_expected_dtype != arg2_1_dtype) {
    auto arg2_1_size = arg2_1.sizes();
    if (arg2_1_size[0] < 2) {
    if (arg2_1_size[0] > 15) {
    if (3 != arg2_1_size[1]) {
    if (arg2_1_size[2] < 0) {
    if (arg2_1_size[3] < 8) {
    if (arg2_1_size[3] > 8) {
    if (1 != arg2_1_stride[1]) {
    if (3 != arg2_1_stride[2]) {
    int32_t arg2_1_expected_device_type = 1;
AOTI_NOINLINE static void check_input_1(
    int32_t arg3_1_expected_dtype = aoti_torch_dtype_bool();
    int32_t arg3_1_expected_device_type = 0;
    if (_check()) { assert_size_stride(arg2_1, {s31, 3L, s31, s44}, {3L*s31, 1L, 3L, 1L}, "input"); }
    if (_check()) { assert_size_stride(buf3, {s31, 4L}, {4L, 1L}, "torch.ops.aten.convolution.default"); }
)";

TEST(ModelInputs, OfTheSource) {
  const ReadInputs read = read_source_inputs(kSource);
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->inputs.size(), 2u);
  EXPECT_EQ(read->inputs[0].dtype, DType::float32);
  EXPECT_EQ(read->inputs[0].device, "cuda");
  EXPECT_THAT(texts(*read->inputs[0].sizes, *read), ElementsAre("s31", "3", "s31", "8"));
  EXPECT_THAT(strides(*read, 0), ElementsAre("-", "1", "3", "-"));
  EXPECT_EQ(read->inputs[1].dtype, DType::boolean);
  EXPECT_EQ(read->inputs[1].device, "cpu");
  EXPECT_THAT(*read->inputs[1].sizes, ElementsAre());
  EXPECT_EQ(read->bounds[0].least, 1);
  EXPECT_EQ(read->bounds[0].most, SymbolBounds().most);
  EXPECT_FALSE(read->outputs);
  EXPECT_EQ(read->untold, "bounds of the sizes that may change");
}

constexpr const char* kDictOfTwo =
    R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [{"type": "builtins.tuple", )"
    R"("context": "null", "children_spec": [{"type": "builtins.dict", "context": "[\"a\", \"b\"]", )"
    R"("children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, )"
    R"("context": null, "children_spec": []}]}]}, {"type": "builtins.dict", "context": "[]", )"
    R"("children_spec": []}]}])";

TEST(ModelInputs, OfASourceThatTellsItsArguments) {
  const std::string told = "    in_spec_ = R\"(" + std::string(kDictOfTwo) + ")\";\n";
  const ReadInputs read = read_source_inputs(kSource + told);
  ASSERT_TRUE(read && read->leaves);
  ASSERT_EQ(read->leaves->size(), 2u);
  EXPECT_THAT(read->leaves->at(0).names, ElementsAre("0.a", "a"));
  EXPECT_THAT(read->leaves->at(1).names, ElementsAre("0.b", "b"));
  EXPECT_FALSE(read_source_inputs(kSource)->leaves);
  const std::string one = "inputs_info_[0].name = \"a\";\n";
  const ReadInputs constant = read_source_inputs(one + told);
  ASSERT_TRUE(constant && constant->leaves);
  EXPECT_EQ(constant->untold, "values that are no tensors");
  // Fewer arguments than inputs make no sense.
  const ReadInputs three = read_source_inputs(
      one + "inputs_info_[1].name = \"b\";\ninputs_info_[2].name = \"c\";\n" + told);
  ASSERT_TRUE(three);
  EXPECT_FALSE(three->leaves);
}

TEST(ModelInputs, OfAProgramThatTellsItsArguments) {
  std::string spec = kDictOfTwo;
  for (std::size_t at = 0; (at = spec.find_first_of("\"\\", at)) != spec.npos; at += 2)
    spec.insert(at, 1, '\\');
  const auto leaves = [&](const std::string& second) {
    const ReadInputs read = read_program_inputs(
        R"({"graph_module": {"graph": {"tensor_values": {}}, "signature": {"input_specs": [
          {"parameter": {"arg": {"name": "w"}, "parameter_name": "w"}},
          {"user_input": {"arg": {"as_tensor": {"name": "x_a"}}}})" +
        second + R"(]}, "module_call_graph": [{"fqn": "", "signature": {"in_spec": ")" + spec +
        R"(", "forward_arg_names": ["x"]}}]}})");
    EXPECT_TRUE(read);
    return read->leaves;
  };
  const auto tensors = leaves(R"(, {"user_input": {"arg": {"as_tensor": {"name": "x_b"}}}})");
  ASSERT_TRUE(tensors);
  EXPECT_THAT(tensors->at(1).names, ElementsAre("0.b", "b", "x.b"));
  EXPECT_FALSE(tensors->at(1).constant);
  const auto constant = [&](const std::string& value) {
    return leaves(R"(, {"constant_input": {"name": "x_b", "value": )" + value + "}}")
        ->at(1)
        .constant.value_or("(none)");
  };
  EXPECT_EQ(constant(R"({"as_int": 3})"), "3");
  EXPECT_EQ(constant(R"({"as_bool": true})"), "true");
  EXPECT_EQ(constant(R"({"as_string": "x"})"), "\"x\"");
  EXPECT_EQ(constant(R"({"as_none": true})"), "null");
  EXPECT_EQ(constant(R"({"as_device": {}})"), "another value");
  const auto user = leaves(R"(, {"user_input": {"arg": {"as_float": 0.5}}})");
  ASSERT_TRUE(user);
  EXPECT_TRUE(user->at(1).constant);
  EXPECT_FALSE(leaves(""));
}

TEST(ModelInputs, OfAnOlderSource) {
  // Which does not say what sizes have in common, nor where inputs lie.
  std::string source = kSource;
  for (const char* line : {"assert_size_stride(arg2_1", "int32_t arg2_1_expected_device_type",
                           "int32_t arg3_1_expected_device_type"})
    source.replace(source.find(line), 1, "x");
  const ReadInputs read = read_source_inputs(source);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->inputs[0].device, "");
  EXPECT_THAT(texts(*read->inputs[0].sizes, *read), ElementsAre("input0.0", "3", "input0.2", "8"));
  EXPECT_EQ(read->bounds[0].least, 1);
  EXPECT_EQ(read->bounds[1].least, 0);
  // Names alone say how many there are.
  const ReadInputs names =
      read_source_inputs("inputs_info_[0].name = \"a\";\ninputs_info_[1].name = \"b\";");
  ASSERT_TRUE(names);
  ASSERT_EQ(names->inputs.size(), 2u);
  EXPECT_FALSE(names->inputs[0].sizes);
  EXPECT_FALSE(read_source_inputs("int main() {}"));
  EXPECT_FALSE(read_source_inputs(""));
}

TEST(ModelInputs, OfASourceWithoutSense) {
  // Whatever it says is taken for what it is, and no more.
  const std::string head =
      "inputs_info_[0].name = \"a\";\nint32_t a_expected_dtype = aoti_torch_dtype_";
  for (const char* rest :
       {"float99();", "", "float32();\nif (9999999999999999999999 != a_size[0]) {",
        "float32();\nif (1 != a_size[99999999]) {", "float32();\nif (1 != a_size[) {",
        "float32();\nif (a_size[", "float32();\nassert_size_stride(a, {",
        "float32();\nif ( != ) {"}) {
    const ReadInputs read = read_source_inputs(head + rest);
    ASSERT_TRUE(read) << rest;
    EXPECT_EQ(read->inputs.size(), 1u) << rest;
  }
}

TEST(ModelInputs, OfAProgram) {
  const ReadInputs read = read_program_inputs(R"json({
      "graph_module": {
        "graph": {"tensor_values": {
          "w": {"dtype": 7, "sizes": [{"as_int": 9}], "device": {"type": "cpu", "index": null}},
          "x": {"dtype": 13, "device": {"type": "cuda", "index": 0},
                "sizes": [{"as_expr": {"expr_str": "Symbol('s0', positive=True, integer=True)",
                                       "hint": {"as_int": 2}}},
                          {"as_int": 3}, {"as_expr": {"expr_str": "2*s0"}},
                          {"as_expr": {"expr_str": "s1"}}],
                "strides": [{"as_expr": {"expr_str":
                               "Add(Integer(-1), Mul(Integer(3), Symbol('s0', integer=True)))"}},
                            {"as_int": 1}, {"as_int": 2}, {"as_expr": {"expr_str": "s0"}}]}}},
        "signature": {"input_specs": [
          {"parameter": {"arg": {"name": "w"}, "parameter_name": "w"}},
          {"user_input": {"arg": {"as_tensor": {"name": "x"}}}},
          {"user_input": {"arg": {"as_none": true}}},
          {"user_input": {"arg": {"as_tensor": {"name": "lost"}}}}]}},
      "range_constraints": {"s0": {"min_val": 2, "max_val": 8},
                            "s1": {"min_val": 5, "max_val": null}}})json");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->inputs.size(), 2u);
  EXPECT_EQ(read->inputs[0].dtype, DType::bfloat16);
  EXPECT_EQ(read->inputs[0].device, "cuda");
  EXPECT_THAT(texts(*read->inputs[0].sizes, *read), ElementsAre("s0", "3", "input0.2", "s1"));
  EXPECT_THAT(strides(*read, 0), ElementsAre("-1 + (3 * s0)", "1", "2", "s0"));
  EXPECT_EQ(read->bounds[0].least, 1);
  EXPECT_EQ(read->bounds[0].most, 8);
  EXPECT_EQ(read->bounds[1].least, 0);
  EXPECT_EQ(read->bounds[2].least, 5);
  EXPECT_EQ(read->bounds[2].most, SymbolBounds().most);
  EXPECT_FALSE(read->inputs[1].dtype);
  EXPECT_FALSE(read->inputs[1].sizes);
  // Expressions that are none, or of another kind: any size will do.
  std::string deep;
  for (int i = 0; i < 500'000; ++i) deep += "Add(";
  for (const std::string& expression :
       {deep, std::string("Mul("), std::string("Mul()"), std::string("Symbol("),
        std::string("Symbol('"), std::string("Integer(x)"), std::string("Integer("),
        std::string("Pow(Integer(2), Integer(2))"), std::string("Add(Integer(1) Integer(2))")}) {
    const ReadInputs any = read_program_inputs(
        R"({"graph_module": {"graph": {"tensor_values": {"x": {"sizes": [{"as_expr": {"expr_str": ")" +
        expression +
        R"("}}]}}}, "signature": {"input_specs": [{"user_input": {"arg": {"as_tensor": {"name": "x"}}}}]}}})");
    ASSERT_TRUE(any) << expression;
    EXPECT_THAT(texts(*any->inputs[0].sizes, *any), ElementsAre("input0.0")) << expression;
  }
  EXPECT_FALSE(read_program_inputs("{}"));
  EXPECT_FALSE(read_program_inputs("{\"graph_module\": 7}"));
  EXPECT_FALSE(read_program_inputs(std::string(1000, '[')));
}

}  // namespace
}  // namespace torchhub::detail
