#include <torchhub/hub/detail/size_expression.h>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace torchhub::detail {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using Values = std::vector<std::optional<std::int64_t>>;

std::optional<SizeExpression> read(std::string_view text, std::vector<std::string>& symbols) {
  return read_size_expression(json::parse(text), symbols);
}

// Of a and b.
std::optional<std::int64_t> value(std::string_view text, std::int64_t a = 0, std::int64_t b = 0) {
  std::vector<std::string> symbols = {"a", "b"};
  return evaluate(*read(text, symbols), Values{a, b});
}

std::string written(std::string_view text) {
  std::vector<std::string> symbols;
  const auto expression = read(text, symbols);
  return text_of(*expression, symbols);
}

TEST(SizeExpression, IsWorkedOutAsPythonDoes) {
  EXPECT_EQ(value("7"), 7);
  EXPECT_EQ(value(R"(["+", -1, "a", ["*", 2, "a", "b"]])", 3, 4), 26);
  // Quotients are rounded down, and a remainder has the divisor's sign.
  EXPECT_EQ(value(R"(["//", "a", "b"])", -7, 2), -4);
  EXPECT_EQ(value(R"(["%", "a", "b"])", -7, 2), 1);
  EXPECT_EQ(value(R"(["//", "a", "b"])", 7, -2), -4);
  EXPECT_EQ(value(R"(["%", "a", "b"])", 7, -2), -1);
  EXPECT_EQ(value(R"(["//", "a", "b"])", 6, 2), 3);
  EXPECT_EQ(value(R"(["min", "a", "b", 2])", 5, 4), 2);
  EXPECT_EQ(value(R"(["max", "a", "b", 2])", 5, 4), 5);
  EXPECT_EQ(value(R"(["==", "a", "b"])", 5, 5), 1);
  EXPECT_EQ(value(R"(["!=", "a", "b"])", 5, 5), 0);
  EXPECT_EQ(value(R"(["<", "a", "b"])", 5, 5), 0);
  EXPECT_EQ(value(R"(["<=", "a", "b"])", 5, 5), 1);
  EXPECT_EQ(value(R"([">", "a", "b"])", 6, 5), 1);
  EXPECT_EQ(value(R"([">=", "a", "b"])", 4, 5), 0);
  EXPECT_EQ(value(R"(["and", ["<", 1, "a"], ["<", "a", "b"]])", 2, 3), 1);
  EXPECT_EQ(value(R"(["or", ["<", 5, "a"], ["<", "a", "b"]])", 4, 3), 0);
  EXPECT_EQ(value(R"(["not", ["<", 5, "a"]])", 4), 1);
}

TEST(SizeExpression, HasNoValueWhereArithmeticHasNone) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(value(R"(["//", 1, "a"])", 0), std::nullopt);
  EXPECT_EQ(value(R"(["%", 1, "a"])", 0), std::nullopt);
  EXPECT_EQ(value(R"(["//", "a", -1])", kLeast), std::nullopt);
  EXPECT_EQ(value(R"(["%", "a", -1])", kLeast), 0);
  EXPECT_EQ(value(R"(["+", 1, "a"])", kMost), std::nullopt);
  EXPECT_EQ(value(R"(["*", 2, "a"])", kMost), std::nullopt);
  // What a condition before it has decided is not worked out.
  EXPECT_EQ(value(R"(["or", ["==", "a", 0], ["==", ["%", 4, "a"], 0]])", 0), 1);
  EXPECT_EQ(value(R"(["and", ["!=", "a", 0], ["==", ["%", 4, "a"], 0]])", 0), 0);
  std::vector<std::string> symbols;
  const auto unknown = read(R"(["+", "a", 1])", symbols);
  EXPECT_EQ(evaluate(*unknown, Values{std::nullopt}), std::nullopt);
  EXPECT_EQ(evaluate(*unknown, Values{}), std::nullopt);
}

TEST(SizeExpression, IsNotEverything) {
  std::vector<std::string> symbols;
  for (const char* text : {"1.5", "true", "null", "{}", "[]", "\"\"", "[1, 2]",
                           "18446744073709551615", R"(["^", 1, 2])", R"(["//", 1])",
                           R"(["//", 1, 2, 3])", R"(["+"])", R"(["not", 1, 2])", R"(["+", 1, []])"})
    EXPECT_FALSE(read(text, symbols)) << text;
}

TEST(SizeExpression, IsWrittenAsInPython) {
  EXPECT_EQ(written(R"(["==", ["%", ["*", 3, "s0"], 6], 0])"), "((3 * s0) % 6) == 0");
  EXPECT_EQ(written(R"(["max", 1, ["//", "s0", 2]])"), "max(1, s0 // 2)");
  EXPECT_EQ(written(R"(["and", ["not", ["<", "s0", 2]], ["<", "s1", 2]])"),
            "(not(s0 < 2)) and (s1 < 2)");
  EXPECT_EQ(written("\"s0\""), "s0");
}

TEST(SizeExpression, NamesItsSymbolsOnce) {
  std::vector<std::string> symbols = {"x"};
  const auto expression = read(R"(["+", "a", ["*", "b", "a"], "x"])", symbols);
  EXPECT_THAT(symbols, ElementsAre("x", "a", "b"));
  std::vector<std::size_t> places;
  collect_symbols(*expression, places);
  EXPECT_THAT(places, ElementsAre(1, 2, 0));
}

TEST(SizeExpression, IsSolvedWhereItIsLinear) {
  const auto solved = [](std::string_view text,
                         std::int64_t wanted) -> std::optional<std::int64_t> {
    std::vector<std::string> symbols;
    const auto expression = read(text, symbols);
    Values values(symbols.size());
    if (!solve(*expression, wanted, values)) return -1;
    return values.front();
  };
  EXPECT_EQ(solved("\"a\"", 5), 5);
  EXPECT_EQ(solved(R"(["*", 2, "a"])", 6), 3);
  EXPECT_EQ(solved(R"(["*", 2, "a"])", 7), -1);
  EXPECT_EQ(solved(R"(["+", ["*", "a", 3], -2])", 7), 3);
  EXPECT_EQ(solved(R"(["+", ["*", "a", 3], -2])", 8), -1);
  // Left open.
  EXPECT_EQ(solved(R"(["//", "a", 2])", 8), std::nullopt);
  EXPECT_EQ(solved(R"(["*", "a", "b"])", 8), std::nullopt);
  EXPECT_EQ(solved(R"(["*", 0, "a"])", 8), std::nullopt);
  // A value that is known must be the same.
  std::vector<std::string> symbols;
  const auto expression = read("\"a\"", symbols);
  Values known{4};
  EXPECT_TRUE(solve(*expression, 4, known));
  EXPECT_FALSE(solve(*expression, 5, known));
}

}  // namespace
}  // namespace torchhub::detail
