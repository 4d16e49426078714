#include <torchhub/hub/detail/size_expression.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace torchhub::detail {
namespace {

namespace json = boost::json;
using Kind = SizeExpression::Kind;

struct Operator {
  std::string_view name;
  Kind kind;
  std::size_t least;  ///< arguments
  std::size_t most;
};

constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

constexpr std::array kOperators = {
    Operator{"+", Kind::sum, 1, kAnyNumber},
    Operator{"*", Kind::product, 1, kAnyNumber},
    Operator{"//", Kind::quotient, 2, 2},
    Operator{"%", Kind::remainder, 2, 2},
    Operator{"min", Kind::minimum, 1, kAnyNumber},
    Operator{"max", Kind::maximum, 1, kAnyNumber},
    Operator{"==", Kind::equal, 2, 2},
    Operator{"!=", Kind::unequal, 2, 2},
    Operator{"<", Kind::less, 2, 2},
    Operator{"<=", Kind::at_most, 2, 2},
    Operator{">", Kind::greater, 2, 2},
    Operator{">=", Kind::at_least, 2, 2},
    Operator{"and", Kind::both, 1, kAnyNumber},
    Operator{"or", Kind::either, 1, kAnyNumber},
    Operator{"not", Kind::negation, 1, 1},
};

const Operator& operator_of(Kind kind) {
  return *std::find_if(kOperators.begin(), kOperators.end(),
                       [&](const Operator& each) { return each.kind == kind; });
}

SizeExpression symbol_named(std::string_view name, std::vector<std::string>& symbols) {
  const auto found = std::find(symbols.begin(), symbols.end(), name);
  SizeExpression expression;
  expression.kind = Kind::symbol;
  expression.number = found - symbols.begin();
  if (found == symbols.end()) symbols.emplace_back(name);
  return expression;
}

// Rounds down, as Python does.
std::optional<std::int64_t> quotient(std::int64_t a, std::int64_t b) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return std::nullopt;
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}

std::optional<std::int64_t> remainder(std::int64_t a, std::int64_t b) {
  if (b == 0 || b == -1) return b == 0 ? std::nullopt : std::optional<std::int64_t>(0);
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

std::optional<std::int64_t> combine(Kind kind, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (kind) {
    case Kind::sum:
      return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Kind::product:
      return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Kind::quotient:
      return quotient(a, b);
    case Kind::remainder:
      return remainder(a, b);
    case Kind::minimum:
      return std::min(a, b);
    case Kind::maximum:
      return std::max(a, b);
    case Kind::equal:
      return a == b;
    case Kind::unequal:
      return a != b;
    case Kind::less:
      return a < b;
    case Kind::at_most:
      return a <= b;
    case Kind::greater:
      return a > b;
    case Kind::at_least:
      return a >= b;
    case Kind::both:
      return a != 0 && b != 0;
    case Kind::either:
      return a != 0 || b != 0;
    default:
      return std::nullopt;
  }
}

// The number among two arguments, and the other one.
std::optional<std::pair<std::int64_t, const SizeExpression*>> with_number(
    const SizeExpression& expression) {
  if (expression.arguments.size() != 2) return std::nullopt;
  for (const std::size_t i : {0u, 1u}) {
    if (expression.arguments[i].is_number())
      return std::pair(expression.arguments[i].number, &expression.arguments[1 - i]);
  }
  return std::nullopt;
}

}  // namespace

std::optional<SizeExpression> read_size_expression(const json::value& json,
                                                   std::vector<std::string>& symbols) {
  SizeExpression expression;
  if (json.is_int64()) {
    expression.number = json.get_int64();
    return expression;
  }
  if (json.is_string() && !json.get_string().empty())
    return symbol_named(json.get_string(), symbols);
  const json::array* const list = json.if_array();
  if (!list || list->empty() || !list->front().is_string()) return std::nullopt;
  const std::string_view name = list->front().get_string();
  const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                  [&](const Operator& each) { return each.name == name; });
  const std::size_t count = list->size() - 1;
  if (found == kOperators.end() || count < found->least || count > found->most) return std::nullopt;
  expression.kind = found->kind;
  expression.arguments.reserve(count);
  for (std::size_t i = 1; i < list->size(); ++i) {
    auto argument = read_size_expression((*list)[i], symbols);
    if (!argument) return std::nullopt;
    expression.arguments.push_back(std::move(*argument));
  }
  return expression;
}

std::optional<std::int64_t> evaluate(const SizeExpression& expression, SymbolValues values) {
  if (expression.is_number()) return expression.number;
  if (expression.is_symbol()) {
    const auto place = static_cast<std::size_t>(expression.number);
    return place < values.size() ? values[place] : std::nullopt;
  }
  std::optional<std::int64_t> result = evaluate(expression.arguments.front(), values);
  if (expression.kind == Kind::negation && result) return *result == 0;
  for (std::size_t i = 1; result && i < expression.arguments.size(); ++i) {
    // What comes after a condition that decides may divide by zero.
    if (expression.kind == Kind::both && *result == 0) return 0;
    if (expression.kind == Kind::either && *result != 0) return 1;
    const auto next = evaluate(expression.arguments[i], values);
    result = next ? combine(expression.kind, *result, *next) : std::nullopt;
  }
  return result;
}

std::string text_of(const SizeExpression& expression, std::span<const std::string> symbols) {
  if (expression.is_number()) return std::to_string(expression.number);
  if (expression.is_symbol()) return symbols[static_cast<std::size_t>(expression.number)];
  const std::string name(operator_of(expression.kind).name);
  const bool is_function = expression.kind == Kind::minimum || expression.kind == Kind::maximum ||
                           expression.kind == Kind::negation;
  std::string text = is_function ? name + "(" : "";
  for (const SizeExpression& argument : expression.arguments) {
    if (&argument != &expression.arguments.front()) text += is_function ? ", " : " " + name + " ";
    const bool is_nested = !is_function && !argument.arguments.empty() &&
                           argument.kind != Kind::minimum && argument.kind != Kind::maximum;
    text += (is_nested ? "(" : "") + text_of(argument, symbols) + (is_nested ? ")" : "");
  }
  return is_function ? text + ")" : text;
}

void collect_symbols(const SizeExpression& expression, std::vector<std::size_t>& places) {
  if (expression.is_symbol()) {
    const auto place = static_cast<std::size_t>(expression.number);
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  for (const SizeExpression& argument : expression.arguments) collect_symbols(argument, places);
}

bool solve(const SizeExpression& expression, std::int64_t value,
           std::span<std::optional<std::int64_t>> values) {
  if (expression.is_symbol()) {
    std::optional<std::int64_t>& known = values[static_cast<std::size_t>(expression.number)];
    if (!known) known = value;
    return *known == value;
  }
  const auto parts = with_number(expression);
  if (!parts) return true;
  const auto [number, rest] = *parts;
  if (expression.kind == Kind::product && number > 0)
    return value % number == 0 && solve(*rest, value / number, values);
  std::int64_t difference = 0;
  if (expression.kind == Kind::sum)
    return !__builtin_sub_overflow(value, number, &difference) && solve(*rest, difference, values);
  return true;
}

}  // namespace torchhub::detail
