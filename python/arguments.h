#ifndef TORCHHUB_PYTHON_ARGUMENTS_H_
#define TORCHHUB_PYTHON_ARGUMENTS_H_
// What an entry point is called with: plain values, Python objects, and functions of the program's.
//
//   python::Arguments arguments("small", 0.5, python::keyword("pretrained", true));
//   arguments.keyword("sizes", python::Argument::List{1, 2}).keyword("crop", python::Argument::Tuple{224, 224});
//   arguments.keyword("names", python::Argument::Dict{{0, "cat"}, {1, "dog"}});
//
// Types of other libraries become arguments by a specialisation of Conversion; hub has those of LibTorch.

#include <torchhub/python/object.h>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace torchhub::python {

class Argument;
class Arguments;

/// How a type of another library becomes an Argument, and is read from an object:
///   template <> struct Conversion<Point> {
///     static Argument to_argument(const Point& value);
///     static Point from_object(const Object& object);    // where C++ functions take it, and for object_as()
///   };
template <class T>
struct Conversion;

template <class T>
concept HasArgument = requires {
  &Conversion<T>::to_argument;
};

/// An int of Python's that 64 bits do not hold.
struct WideInteger {
  std::string
      decimal;  ///< its digits, after a '-' if it is negative; Python's ValueError for anything else

  bool operator==(const WideInteger&) const = default;
};

/// A Python bytes object.
struct Bytes {
  std::string data;

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.data == b.data; }
};

/// A function of the program's that Python can call, from whichever thread; it runs without the interpreter's
/// lock. Each of the values that it is given is an Object. What it throws is raised as raise_in_python() has it: a
/// PythonException as what Python raised inside, a stop as KeyboardInterrupt, errc::wrong_type as TypeError, LibTorch's
/// errors as Python's torch has them, all else as RuntimeError with the sentence. Python keeps it for as long as
/// Python likes: what it refers to must live as long. Copies of one are one object in Python while it lives there.
class Callable {
 public:
  using Function = std::function<Argument(const Arguments&)>;

  explicit Callable(Function function)
      : function_(std::make_shared<const Function>(std::move(function))) {}

  const Function& function() const { return *function_; }

  /// Whether they are copies of one.
  friend bool operator==(const Callable& a, const Callable& b) {
    return a.function_ == b.function_;
  }

 private:
  std::shared_ptr<const Function> function_;
};

/// None, a bool, an int, a float, a str, a list, a dict, a tuple, bytes, a complex, a function, or any Python
/// object.
class Argument {
 public:
  using List = std::vector<Argument>;
  /// In its order. Python refuses keys that cannot be hashed, such as lists, with TypeError.
  using Dict = std::vector<std::pair<Argument, Argument>>;

  struct Tuple {
    Tuple() = default;
    Tuple(std::initializer_list<Argument> values) : items(values) {}
    explicit Tuple(List values) : items(std::move(values)) {}

    List items;

    friend bool operator==(const Tuple& a, const Tuple& b) { return a.items == b.items; }
  };

  using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Dict,
                               Object, WideInteger, Tuple, Bytes, std::complex<double>, Callable>;

  Argument() = default;
  Argument(std::nullptr_t) {}
  // No pointer and no function is meant to be a bool.
  template <std::same_as<bool> T>
  Argument(T value) : value_(value) {}
  // A text of one character, as everywhere in C++; Python has no numbers that are characters.
  template <std::same_as<char> T>
  Argument(T value) : value_(std::string(1, value)) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Argument(T value) {
    if (std::in_range<std::int64_t>(value)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = WideInteger{std::to_string(value)};
    }
  }
  Argument(WideInteger value) : value_(std::move(value)) {}
  Argument(double value) : value_(value) {}
  template <std::same_as<long double> T>
  Argument(T value) : value_(static_cast<double>(value)) {}
  template <std::floating_point T>
  Argument(std::complex<T> value) : value_(std::complex<double>(value)) {}
  Argument(const char* value) : value_(std::string(value)) {}
  Argument(std::string_view value) : value_(std::string(value)) {}
  Argument(std::string value) : value_(std::move(value)) {}
  Argument(List value) : value_(std::move(value)) {}
  Argument(Tuple value) : value_(std::move(value)) {}
  Argument(Dict value) : value_(std::move(value)) {}
  Argument(Bytes value) : value_(std::move(value)) {}
  Argument(Object value) : value_(std::move(value)) {}
  Argument(Callable value) : value_(std::move(value)) {}
  template <HasArgument T>
  Argument(const T& value) : Argument(Conversion<T>::to_argument(value)) {}

  const Variant& value() const { return value_; }

  /// Equal kinds and values; Python objects if they are the same one.
  friend bool operator==(const Argument& a, const Argument& b) { return a.value_ == b.value_; }

 private:
  Variant value_;
};

/// A list.
template <std::convertible_to<Argument> T>
struct Conversion<std::vector<T>> {
  static Argument to_argument(const std::vector<T>& values) {
    return Argument::List(values.begin(), values.end());
  }
};

/// None where there is nothing.
template <std::convertible_to<Argument> T>
struct Conversion<std::optional<T>> {
  static Argument to_argument(const std::optional<T>& value) {
    return value ? Argument(*value) : Argument();
  }
};

/// An argument by name among others.
struct Keyword {
  std::string name;
  Argument value;
};

inline Keyword keyword(std::string name, Argument value) {
  return {std::move(name), std::move(value)};
}

/// What may stand in a call: whatever becomes an Argument, or a Keyword.
template <class T>
concept CallArgument = std::same_as<T, Keyword> || std::convertible_to<const T&, Argument>;

class Arguments {
 public:
  using Keywords = std::vector<std::pair<std::string, Argument>>;

  Arguments() = default;
  template <CallArgument... Values>
  requires(sizeof...(Values) > 0) explicit Arguments(const Values&... values) {
    (add(values), ...);
  }

  Arguments& positional(Argument value) {
    positional_.push_back(std::move(value));
    return *this;
  }
  /// A name that is given twice is Python's TypeError once they are passed.
  Arguments& keyword(std::string name, Argument value) {
    keywords_.emplace_back(std::move(name), std::move(value));
    return *this;
  }

  const std::vector<Argument>& positional() const { return positional_; }
  const Keywords& keywords() const { return keywords_; }

 private:
  void add(const Keyword& value) { keyword(value.name, value.value); }
  template <std::convertible_to<Argument> T>
  void add(const T& value) {
    positional(value);
  }

  std::vector<Argument> positional_;
  Keywords keywords_;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_ARGUMENTS_H_
