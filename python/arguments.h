#ifndef TORCHHUB_PYTHON_ARGUMENTS_H_
#define TORCHHUB_PYTHON_ARGUMENTS_H_
// What an entry point is called with: JSON-like values and Python objects.
//
//   python::Arguments arguments;
//   arguments.positional("small").keyword("pretrained", true).keyword("sizes",
//   python::Argument::List{1, 2});

#include <torchhub/python/object.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace torchhub::python {

/// An int of Python's that 64 bits do not hold.
struct WideInteger {
  std::string decimal;  ///< its digits, after a '-' if it is negative

  bool operator==(const WideInteger&) const = default;
};

/// None, a bool, an int, a float, a str, a list, a dict with str keys, or any Python object.
class Argument {
 public:
  using List = std::vector<Argument>;
  using Dict = std::vector<std::pair<std::string, Argument>>;
  using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Dict,
                               Object, WideInteger>;

  Argument() = default;
  Argument(bool value) : value_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Argument(T value) {
    if (std::in_range<std::int64_t>(value)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = WideInteger{std::to_string(value)};
    }
  }
  Argument(WideInteger value) : value_(std::move(value)) {}
  Argument(double value) : value_(value) {}
  Argument(const char* value) : value_(std::string(value)) {}
  Argument(std::string_view value) : value_(std::string(value)) {}
  Argument(std::string value) : value_(std::move(value)) {}
  Argument(List value) : value_(std::move(value)) {}
  Argument(Dict value) : value_(std::move(value)) {}
  Argument(Object value) : value_(std::move(value)) {}

  const Variant& value() const { return value_; }

  /// Equal kinds and values; Python objects if they are the same one.
  friend bool operator==(const Argument& a, const Argument& b) { return a.value_ == b.value_; }

 private:
  Variant value_;
};

class Arguments {
 public:
  Arguments() = default;

  Arguments& positional(Argument value) {
    positional_.push_back(std::move(value));
    return *this;
  }
  Arguments& keyword(std::string name, Argument value) {
    keywords_.emplace_back(std::move(name), std::move(value));
    return *this;
  }

  const std::vector<Argument>& positional() const { return positional_; }
  const Argument::Dict& keywords() const { return keywords_; }

 private:
  std::vector<Argument> positional_;
  Argument::Dict keywords_;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_ARGUMENTS_H_
