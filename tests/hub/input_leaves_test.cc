#include <torchhub/hub/detail/input_leaves.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::detail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kLeaf = R"({"type": null, "context": null, "children_spec": []})";

std::string node(const std::string& type, const std::string& context,
                 const std::vector<std::string>& children) {
  std::string text =
      R"({"type": ")" + type + R"(", "context": ")" + context + R"(", "children_spec": [)";
  for (std::size_t i = 0; i < children.size(); ++i) text += (i > 0 ? ", " : "") + children[i];
  return text + "]}";
}

std::string tuple(const std::vector<std::string>& children) {
  return node("builtins.tuple", "null", children);
}

std::string spec(const std::vector<std::string>& positional,
                 const std::string& keywords = node("builtins.dict", "[]", {})) {
  return "[1, " + tuple({tuple(positional), keywords}) + "]";
}

std::vector<InputLeaf> leaves(const std::string& text, const std::vector<std::string>& names = {}) {
  const auto read = read_input_leaves(text, names);
  EXPECT_TRUE(read) << text;
  return read.value_or(std::vector<InputLeaf>());
}

GivenInput tensor(const std::string& name) { return {name, true, ""}; }
GivenInput other(const std::string& name, const std::string& text) { return {name, false, text}; }

std::vector<std::size_t> places(const std::vector<InputLeaf>& leaves,
                                const std::vector<GivenInput>& given) {
  const PlacedInputs placed = place_inputs(leaves, leaves.size(), given);
  EXPECT_TRUE(placed) << placed.error();
  return placed ? *placed : std::vector<std::size_t>();
}

std::string refusal(const std::vector<InputLeaf>& leaves, const std::vector<GivenInput>& given) {
  const PlacedInputs placed = place_inputs(leaves, leaves.size(), given);
  EXPECT_FALSE(placed);
  return placed ? "" : placed.error();
}

TEST(InputLeaves, OfASpec) {
  const std::string dict = node("builtins.dict", R"([\"b\", \"a\", 3])", {kLeaf, kLeaf, kLeaf});
  const auto read = leaves(spec({kLeaf, dict, node("builtins.list", "null", {kLeaf})},
                                node("builtins.dict", R"([\"k\"])", {kLeaf})),
                           {"x", "options"});
  ASSERT_EQ(read.size(), 6u);
  EXPECT_THAT(read[0].names, ElementsAre("0", "x"));
  EXPECT_THAT(read[1].names, ElementsAre("1.b", "options.b"));
  EXPECT_THAT(read[2].names, ElementsAre("1.a", "options.a"));
  EXPECT_THAT(read[3].names, ElementsAre("1.3", "options.3"));
  EXPECT_THAT(read[4].names, ElementsAre("2.0"));
  EXPECT_THAT(read[5].names, ElementsAre("3", "k"));
  // The only argument may be the file's own dict.
  EXPECT_THAT(leaves(spec({dict}))[1].names, ElementsAre("0.a", "a"));
  EXPECT_THAT(leaves(spec({})).size(), 0u);
}

TEST(InputLeaves, OfWhatIsNoSpec) {
  const std::string odd = node("collections.namedtuple", "null", {kLeaf});
  const std::string few = node("builtins.dict", R"([\"a\"])", {kLeaf, kLeaf});
  std::string deep = kLeaf;
  for (int i = 0; i < 100; ++i) deep = tuple({deep});
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("[2, {}]"), spec({odd}), spec({few}),
        spec({deep}), "[1, " + std::string(kLeaf) + "]", "[1, " + tuple({kLeaf, kLeaf}) + "]",
        "[1, " + tuple({tuple({}), tuple({})}) + "]", std::string(100'000, '[')})
    EXPECT_FALSE(read_input_leaves(text, {})) << text.substr(0, 80);
}

TEST(InputLeaves, AreFoundByNames) {
  const auto two = leaves(spec({kLeaf, kLeaf}), {"a", "b"});
  EXPECT_THAT(places(two, {tensor("a"), tensor("b")}), ElementsAre(0, 1));
  EXPECT_THAT(places(two, {tensor("b"), tensor("a")}), ElementsAre(1, 0));
  EXPECT_THAT(places(two, {tensor("0"), tensor("1")}), ElementsAre(0, 1));
  EXPECT_THAT(places(two, {tensor("1"), tensor("0")}), ElementsAre(1, 0));
  EXPECT_THAT(places(two, {tensor("1"), tensor("a")}), ElementsAre(1, 0));
  EXPECT_EQ(refusal(two, {tensor("zz"), tensor("b")}),
            "has no input 'zz', which the file holds: its inputs are 'a', 'b'");
  EXPECT_EQ(refusal(two, {tensor("b")}), "the input 'a' is missing");
  EXPECT_EQ(refusal(two, {tensor("a"), tensor("b"), tensor("0")}),
            "the file holds the input 'a' twice");
  const auto one = leaves(spec({kLeaf}), {"x"});
  EXPECT_THAT(places(one, {tensor("x")}), ElementsAre(0));
  EXPECT_THAT(places(one, {tensor("")}), ElementsAre(0));
  EXPECT_EQ(refusal(one, {tensor("y")}),
            "has no input 'y', which the file holds: its input is 'x'");
}

TEST(InputLeaves, AreFoundInContainers) {
  const auto dict =
      leaves(spec({node("builtins.dict", R"([\"a\", \"b\"])", {kLeaf, kLeaf})}), {"x"});
  EXPECT_THAT(places(dict, {tensor("0.b"), tensor("0.a")}), ElementsAre(1, 0));
  EXPECT_THAT(places(dict, {tensor("b"), tensor("a")}), ElementsAre(1, 0));
  EXPECT_THAT(places(dict, {tensor("x.b"), tensor("x.a")}), ElementsAre(1, 0));
  // A list is no dict.
  EXPECT_THAT(refusal(dict, {tensor("0"), tensor("1")}), HasSubstr("has no input '0'"));
}

TEST(InputLeaves, WithoutNamesHavePlaces) {
  const auto two = leaves_by_place(2);
  EXPECT_THAT(places(two, {tensor("0"), tensor("1")}), ElementsAre(0, 1));
  EXPECT_THAT(refusal(two, {tensor("b"), tensor("a")}),
              HasSubstr("does not tell what its inputs are called: give them as a list"));
  EXPECT_THAT(places(leaves_by_place(1), {tensor("anything")}), ElementsAre(0));
  // How many a list must hold is for the call to say.
  EXPECT_THAT(places(two, {tensor("0")}), ElementsAre(0));
  EXPECT_THAT(places(two, {tensor("0"), tensor("1"), tensor("2")}), ElementsAre(0, 1, 2));
}

TEST(InputLeaves, AreTensorsAlone) {
  const auto two = leaves(spec({kLeaf, kLeaf}), {"a", "b"});
  EXPECT_EQ(refusal(two, {tensor("0"), tensor("1"), other("2", "5")}),
            "the file holds 5 at '2', where tensors alone are taken");
  EXPECT_EQ(refusal(two, {tensor("0"), tensor("2"), other("1", "\"x\"")}),
            "the input 'b' is \"x\", where a tensor is taken");
}

TEST(InputLeaves, MayBeConstants) {
  auto told = leaves(spec({kLeaf, kLeaf}), {"x", "n"});
  told[1].constant = "3";
  const auto place = [&](const std::vector<GivenInput>& given) {
    return place_inputs(told, 1, given);
  };
  EXPECT_THAT(*place({tensor("0"), other("1", "3")}), ElementsAre(0));
  EXPECT_THAT(*place({tensor("0"), other("1", "3.0")}), ElementsAre(0));
  EXPECT_THAT(*place({tensor("x")}), ElementsAre(0));
  EXPECT_EQ(place({tensor("0"), other("1", "4")}).error(),
            "the input 'n' is 4, and the model was exported for 3 alone");
  EXPECT_EQ(place({tensor("0"), other("1", "null")}).error(),
            "the input 'n' is null, and the model was exported for 3 alone");
  EXPECT_EQ(place({tensor("0"), tensor("1")}).error(),
            "the input 'n' is a tensor, and the model was exported for 3 alone");
  // Which of two is the constant, and what it is, nobody tells.
  const auto untold = leaves(spec({kLeaf, kLeaf}));
  EXPECT_THAT(*place_inputs(untold, 1, {tensor("0")}), ElementsAre(0));
  EXPECT_EQ(place_inputs(untold, 1, {tensor("0"), other("1", "3")}).error(),
            "the input '1' is 3, and the model does not tell which value it was exported for");
}

TEST(InputLeaves, MayBeLeftOut) {
  auto three = leaves(spec({kLeaf, kLeaf, kLeaf}), {"a", "b", "c"});
  three[1].has_default = three[2].has_default = true;
  EXPECT_THAT(places(three, {tensor("a")}), ElementsAre(0));
  EXPECT_THAT(places(three, {tensor("b"), tensor("a")}), ElementsAre(1, 0));
  EXPECT_EQ(refusal(three, {tensor("a"), tensor("c")}),
            "the input 'c' comes behind one that is left out");
}

}  // namespace
}  // namespace torchhub::detail
