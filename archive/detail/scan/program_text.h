#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_PROGRAM_TEXT_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_PROGRAM_TEXT_H_
// What torch.export.load would evaluate of an exported program's JSON document. Sizes lie there as
// expressions, which sympy hands to eval(); trees of arguments name modules to import. Pure.
//
// Source: torch/_export/serde/serialize.py (_parse_sym_expr) and torch/utils/_pytree.py (enum_object_hook,
// _defaultdict_from_dumpable_context) of PyTorch 2.13.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// The first thing in the document that is more than a size: "the expression '__import__('io')'". Nothing
/// where all expressions are sums, products, comparisons and calls of sympy's and torch's functions of
/// numbers and symbols. The document is read as texts between quotes, so that no key is missed, and may be
/// damaged otherwise.
inline std::optional<std::string> evaluated_by_loading(std::string_view json);

/// Whether an expression is made of numbers, symbols, operators and known functions alone.
inline bool is_size_expression(std::string_view text);

namespace program_text_detail {

// Sorted. sympy's nodes as srepr() writes them, its functions of numbers, and those of
// torch/utils/_sympy/functions.py.
inline constexpr auto kFunctions =
    std::to_array<std::string_view>({"Abs",
                                     "Add",
                                     "And",
                                     "BitwiseFn_bitwise_and",
                                     "BitwiseFn_bitwise_or",
                                     "BitwiseFn_bitwise_xor",
                                     "BooleanFalse",
                                     "BooleanTrue",
                                     "CeilDiv",
                                     "CeilToInt",
                                     "CleanDiv",
                                     "Eq",
                                     "Equality",
                                     "ExprCondPair",
                                     "Float",
                                     "FloatPow",
                                     "FloatTrueDiv",
                                     "FloorDiv",
                                     "FloorToInt",
                                     "Ge",
                                     "GreaterThan",
                                     "Gt",
                                     "Identity",
                                     "IntInfinity",
                                     "IntTrueDiv",
                                     "Integer",
                                     "IsNonOverlappingAndDenseIndicator",
                                     "LShift",
                                     "Le",
                                     "LessThan",
                                     "Lt",
                                     "Max",
                                     "Min",
                                     "Mod",
                                     "ModularIndexing",
                                     "Mul",
                                     "Ne",
                                     "NegativeIntInfinity",
                                     "Not",
                                     "OpaqueUnaryFn_acos",
                                     "OpaqueUnaryFn_asin",
                                     "OpaqueUnaryFn_asinh",
                                     "OpaqueUnaryFn_atan",
                                     "OpaqueUnaryFn_cos",
                                     "OpaqueUnaryFn_cosh",
                                     "OpaqueUnaryFn_exp",
                                     "OpaqueUnaryFn_log",
                                     "OpaqueUnaryFn_log2",
                                     "OpaqueUnaryFn_sin",
                                     "OpaqueUnaryFn_sinh",
                                     "OpaqueUnaryFn_sqrt",
                                     "OpaqueUnaryFn_tan",
                                     "OpaqueUnaryFn_tanh",
                                     "Or",
                                     "Piecewise",
                                     "Pow",
                                     "PowByNatural",
                                     "PythonMod",
                                     "RShift",
                                     "Rational",
                                     "RoundDecimal",
                                     "RoundToInt",
                                     "StrictGreaterThan",
                                     "StrictLessThan",
                                     "Symbol",
                                     "ToFloat",
                                     "TruncToFloat",
                                     "TruncToInt",
                                     "Unequality",
                                     "Where",
                                     "Xor",
                                     "acos",
                                     "asin",
                                     "asinh",
                                     "atan",
                                     "ceiling",
                                     "cos",
                                     "cosh",
                                     "exp",
                                     "floor",
                                     "log",
                                     "sign",
                                     "sin",
                                     "sinh",
                                     "sqrt",
                                     "tan",
                                     "tanh"});
static_assert(std::is_sorted(kFunctions.begin(), kFunctions.end()));

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// A symbol's name, or a number's digits: a text that is given to a function is evaluated as well.
inline bool is_plain(std::string_view text) {
  const bool is_name =
      !text.empty() && is_letter(text[0]) &&
      std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); }) &&
      text.find("__") == text.npos;
  const bool is_number =
      !text.empty() && text.find_first_not_of("0123456789.+-e") == text.npos && text[0] != 'e';
  return is_name || is_number;
}

// Of a text in JSON without its quotes; beyond ASCII, a question mark.
inline std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += static_cast<unsigned char>(text[i]) < 0x80 ? text[i] : '?';
      continue;
    }
    const char c = text[++i];
    constexpr std::string_view kEscapes = "nrtbf";
    constexpr std::string_view kEscaped = "\n\r\t\b\f";
    if (const std::size_t at = kEscapes.find(c); at != kEscapes.npos) {
      plain += kEscaped[at];
    } else if (c == 'u') {
      unsigned code = 0;
      for (const char digit : text.substr(i + 1, 4)) {
        const char low = static_cast<char>(digit | 0x20);
        code = code * 16 + static_cast<unsigned>(is_digit(digit) ? digit - '0' : low - 'a' + 10);
      }
      i = std::min(i + 4, text.size() - 1);
      plain += code < 0x80 ? static_cast<char>(code) : '?';
    } else {
      plain += c;
    }
  }
  return plain;
}

// Whether a tree of arguments, which is JSON in a text, and so on in itself, names a module.
inline bool names_module(std::string_view text) {
  constexpr int kDeepest = 8;
  std::string plain;
  for (int depth = 0; depth < kDeepest; ++depth) {
    if (text.find("__enum__") != text.npos || text.find("default_factory_module") != text.npos)
      return true;
    if (text.find('\\') == text.npos) return false;
    plain = unescaped(text);
    text = plain;
  }
  return true;
}

class Document {
 public:
  explicit Document(std::string_view json) : json_(json) {}

  std::optional<std::string> judge() {
    while (at_ < json_.size()) {
      if (json_[at_] != '"') {
        ++at_;
        continue;
      }
      const std::string_view text = take_text();
      const bool is_escaped = text.find('\\') != text.npos;
      if (names_module(text)) return "a tree of arguments that names a module to import";
      if (!is_key() || (is_escaped ? unescaped(text) : text) != "expr_str") continue;
      skip_blanks();
      ++at_;
      skip_blanks();
      if (at_ == json_.size() || json_[at_] != '"') return "an expression that is no text";
      const std::string expression = unescaped(take_text());
      constexpr std::size_t kMost = 200;
      if (!is_size_expression(expression))
        return "the expression '" + expression.substr(0, kMost) + "'";
    }
    return std::nullopt;
  }

 private:
  std::string_view take_text() {
    const std::size_t begin = ++at_;
    while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2u : 1u;
    at_ = std::min(at_, json_.size());
    const std::string_view text = json_.substr(begin, at_ - begin);
    at_ = std::min(at_ + 1, json_.size());
    return text;
  }

  void skip_blanks() {
    while (at_ < json_.size() &&
           std::string_view(" \t\r\n").find(json_[at_]) != std::string_view::npos)
      ++at_;
  }

  bool is_key() const {
    const std::size_t next = json_.find_first_not_of(" \t\r\n", at_);
    return next != json_.npos && json_[next] == ':';
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace program_text_detail

inline bool is_size_expression(std::string_view text) {
  char before = '\0';  // the last character but for blanks, or 'a' and '0' for a name and a number
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ') {
      ++at;
    } else if (program_text_detail::is_letter(c)) {
      const std::size_t begin = at;
      while (at < text.size() &&
             (program_text_detail::is_letter(text[at]) || program_text_detail::is_digit(text[at])))
        ++at;
      const std::string_view name = text.substr(begin, at - begin);
      const std::size_t next = text.find_first_not_of(' ', at);
      const bool is_called = next != text.npos && text[next] == '(';
      if (name.find("__") != name.npos || before == '0' || before == ')') return false;
      if (is_called && !std::binary_search(program_text_detail::kFunctions.begin(),
                                           program_text_detail::kFunctions.end(), name))
        return false;
      before = is_called ? 'f' : 'a';
    } else if (program_text_detail::is_digit(c) || c == '.') {
      if (c == '.' && (at + 1 == text.size() || !program_text_detail::is_digit(text[at + 1]) ||
                       before == 'a' || before == '0' || before == ')'))
        return false;
      while (at < text.size() && (program_text_detail::is_digit(text[at]) || text[at] == '.')) ++at;
      const std::size_t sign = at + 1;
      if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        at = sign < text.size() && (text[sign] == '-' || text[sign] == '+') ? sign + 1 : sign;
        while (at < text.size() && program_text_detail::is_digit(text[at])) ++at;
      }
      before = '0';
    } else if (c == '\'' || c == '"') {
      const std::size_t end = text.find(c, at + 1);
      // Behind a parenthesis or a comma, so that no two of them become one text.
      if (end == text.npos || (before != '(' && before != ',') ||
          !program_text_detail::is_plain(text.substr(at + 1, end - at - 1)))
        return false;
      at = end + 1;
      before = '"';
    } else {
      if (std::string_view("+-*/%(),<>=!&|~^").find(c) == std::string_view::npos) return false;
      // Not the call of what another expression makes; '!' is a factorial elsewhere.
      if (c == '(' && (before == ')' || before == 'a' || before == '0' || before == '"'))
        return false;
      if (c == '!' && text.substr(at, 2) != "!=") return false;
      before = c;
      ++at;
    }
  }
  return before != '\0';
}

inline std::optional<std::string> evaluated_by_loading(std::string_view json) {
  return program_text_detail::Document(json).judge();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_PROGRAM_TEXT_H_
