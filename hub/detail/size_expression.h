#ifndef TORCHHUB_HUB_DETAIL_SIZE_EXPRESSION_H_
#define TORCHHUB_HUB_DETAIL_SIZE_EXPRESSION_H_
// A whole number that depends on sizes of a model's inputs, or a condition on them.
//
//   std::vector<std::string> symbols;
//   const auto even = read_size_expression(json::parse(R"(["==", ["%", "s0", 2], 0])"), symbols);
//   evaluate(*even, {{7}}) == 0;  text_of(*even, symbols) == "s0 % 2 == 0"
//
// In JSON: a number; a symbol's name; or a list of an operator and its arguments. Operators are those of
// Python: + * // % min max == != < <= > >= and or not. A condition is 1 or 0.
// Pure.

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace torchhub::detail {

struct SizeExpression {
  enum class Kind : std::uint8_t {
    number,
    symbol,
    sum,
    product,
    quotient,   ///< rounded down
    remainder,  ///< has the divisor's sign
    minimum,
    maximum,
    equal,
    unequal,
    less,
    at_most,
    greater,
    at_least,
    both,
    either,
    negation,
  };

  Kind kind = Kind::number;
  std::int64_t number = 0;  ///< of a symbol, its place in the table of symbols
  std::vector<SizeExpression> arguments;

  bool is_number() const { return kind == Kind::number; }
  bool is_symbol() const { return kind == Kind::symbol; }
};

/// One for each symbol; nothing for one that is not known.
using SymbolValues = std::span<const std::optional<std::int64_t>>;

/// Symbols that are new go to the end of `symbols`. Nothing where it is no expression. Recursive: the depth
/// is that which the JSON parser allowed.
std::optional<SizeExpression> read_size_expression(const boost::json::value& json,
                                                   std::vector<std::string>& symbols);

/// Nothing where a symbol is not known, something is divided by zero, or a number leaves 64 bits.
std::optional<std::int64_t> evaluate(const SizeExpression& expression, SymbolValues values);

/// As Python writes it.
std::string text_of(const SizeExpression& expression, std::span<const std::string> symbols);

/// Adds the places of the symbols in it, each once.
void collect_symbols(const SizeExpression& expression, std::vector<std::size_t>& places);

/// Finds the one symbol that makes `expression` the number `value`, where it is that symbol, times and plus
/// numbers. False where no whole number does; an expression of another kind is left for evaluate().
bool solve(const SizeExpression& expression, std::int64_t value,
           std::span<std::optional<std::int64_t>> values);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_SIZE_EXPRESSION_H_
