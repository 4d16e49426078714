#ifndef TORCHHUB_PYTHON_CONVERSION_H_
#define TORCHHUB_PYTHON_CONVERSION_H_
// Objects as C++ values, and C++ functions with parameters of their own as functions that Python can call.
//
//   double loss = python::object_as<double>(object);
//   auto weigh = [](double score, std::optional<std::string> label) { return label ? 2 * score : score; };
//   python::call(callback_taker, python::Arguments(weigh));     // Python calls weigh(0.5, None)
//
// A function may take `const python::Arguments&` instead, for any number of values and keywords.
// Throws: errc::wrong_type where an object is of another kind than was asked for.

#include <torchhub/python/arguments.h>
#include <torchhub/python/export.h>
#include <torchhub/python/object.h>
#include <torchhub/python/operations.h>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace torchhub::python {

/// Throws errc::wrong_type: "the object is a str, not an int".
[[noreturn]] TORCHHUB_PYTHON_EXPORT void throw_wrong_type(const Object& object,
                                                          std::string_view wanted);

template <class T>
concept ReadFromObject = requires {
  &Conversion<T>::from_object;
};

/// The object as a bool, an integer, a floating-point number, a complex number (each of numpy's numbers and of tensors of
/// one element, too), text, Bytes, an Object, an Argument, a type that has a Conversion, a vector of those (of a list,
/// a tuple, a numpy array or a tensor, by its first dimension), or an optional (nothing for None).
/// Throws: errc::wrong_type where it is something else, an int that the type cannot hold, or a complex number where a
/// real one is wanted; PythonException.
template <class T>
T object_as(const Object& object);

namespace detail {

template <class T>
struct ObjectReader;

template <ReadFromObject T>
struct ObjectReader<T> {
  static T read(const Object& object) { return Conversion<T>::from_object(object); }
};

template <>
struct ObjectReader<Object> {
  static Object read(const Object& object) { return object; }
};

template <>
struct ObjectReader<Argument> {
  static Argument read(const Object& object) { return to_argument(object); }
};

// A bool, numpy's, or a tensor of one.
TORCHHUB_PYTHON_EXPORT bool truth_of(const Object& object);
// int(object) of what Python takes for an index: ints, bools, numpy's integers, tensors of one integer.
TORCHHUB_PYTHON_EXPORT std::int64_t integer_of(const Object& object);
// The same of what is not negative.
TORCHHUB_PYTHON_EXPORT std::uint64_t natural_of(const Object& object);
// float(object) of real numbers, text excluded: numpy's and tensors of one element, too.
TORCHHUB_PYTHON_EXPORT double number_of(const Object& object);
// complex(object) of numbers.
TORCHHUB_PYTHON_EXPORT std::complex<double> complex_of(const Object& object);
// A list or a tuple as it is; of an array or a tensor with dimensions its rows, as numbers and lists of them where
// `as_numbers`. Throws errc::wrong_type for all else.
TORCHHUB_PYTHON_EXPORT std::vector<Object> rows_of(const Object& object, bool as_numbers);

// What is one of Argument's own kinds.
template <class T>
T kind_of(const Object& object, std::string_view wanted) {
  const Argument value = to_argument(object);
  if (const T* found = std::get_if<T>(&value.value())) return *found;
  throw_wrong_type(object, wanted);
}

template <>
struct ObjectReader<bool> {
  static bool read(const Object& object) { return truth_of(object); }
};

template <std::integral T>
struct ObjectReader<T> {
  static T read(const Object& object) {
    if constexpr (std::unsigned_integral<T> && sizeof(T) == sizeof(std::uint64_t)) {
      return static_cast<T>(natural_of(object));
    } else {
      const std::int64_t value = integer_of(object);
      if (!std::in_range<T>(value)) throw_wrong_type(object, "an int that is so small");
      return static_cast<T>(value);
    }
  }
};

template <std::floating_point T>
struct ObjectReader<T> {
  static T read(const Object& object) { return static_cast<T>(number_of(object)); }
};

template <std::floating_point T>
struct ObjectReader<std::complex<T>> {
  static std::complex<T> read(const Object& object) { return std::complex<T>(complex_of(object)); }
};

template <>
struct ObjectReader<std::string> {
  static std::string read(const Object& object) { return kind_of<std::string>(object, "a str"); }
};

template <>
struct ObjectReader<Bytes> {
  static Bytes read(const Object& object) { return kind_of<Bytes>(object, "bytes"); }
};

template <class T>
struct ObjectReader<std::optional<T>> {
  static std::optional<T> read(const Object& object) {
    if (is_none(object)) return std::nullopt;
    return object_as<T>(object);
  }
};

// What the rows of an array are read as without a row being an object of its own.
template <class T>
inline constexpr bool kIsNumbers = std::is_arithmetic_v<T>;
template <class T>
inline constexpr bool kIsNumbers<std::complex<T>> = true;
template <class T>
inline constexpr bool kIsNumbers<std::vector<T>> = kIsNumbers<T>;

template <class T>
struct ObjectReader<std::vector<T>> {
  static std::vector<T> read(const Object& object) {
    std::vector<T> values;
    for (const Object& row : rows_of(object, kIsNumbers<T>)) values.push_back(object_as<T>(row));
    return values;
  }
};

/// Throws errc::wrong_type unless the call has `wanted` positional values and no keywords.
TORCHHUB_PYTHON_EXPORT void require_positional(const Arguments& given, std::size_t wanted);

template <class T>
concept Parameter = std::same_as<std::remove_cvref_t<T>, Arguments> || requires {
  &ObjectReader<std::remove_cvref_t<T>>::read;
};

// A function, or the one call operator of a function object.
template <class F>
struct Signature;
template <class F>
requires requires { sizeof(Signature<decltype(&F::operator())>); }
struct Signature<F> : Signature<decltype(&F::operator())> {};
template <class R, class... P>
struct Signature<R (*)(P...)> {
  template <class F>
  requires(Parameter<P>&&...) static Argument call(const F& function, const Arguments& given) {
    if constexpr (std::same_as<void(std::remove_cvref_t<P>...), void(Arguments)>) {
      return returned([&]() -> R { return function(given); });
    } else {
      require_positional(given, sizeof...(P));
      return with_each(function, given, std::index_sequence_for<P...>());
    }
  }

 private:
  template <class F, std::size_t... I>
  static Argument with_each(const F& function, [[maybe_unused]] const Arguments& given,
                            std::index_sequence<I...>) {
    // Every call has values of its own, so that a parameter may be any kind of reference to one.
    std::tuple<std::remove_cvref_t<P>...> values{
        object_as<std::remove_cvref_t<P>>(std::get<Object>(given.positional()[I].value()))...};
    return returned([&]() -> R { return function(static_cast<P&&>(std::get<I>(values))...); });
  }

  template <class Call>
  static Argument returned(const Call& call) {
    if constexpr (std::is_void_v<R>) {
      call();
      return Argument();
    } else {
      return call();
    }
  }
};
template <class R, class... P>
struct Signature<R(P...)> : Signature<R (*)(P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R (*)(P...)> {};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R (*)(P...)> {};

}  // namespace detail

template <class T>
T object_as(const Object& object) {
  return detail::ObjectReader<T>::read(object);
}

/// A function, or a function object with one call operator, which is const and no template: several threads may
/// call it at once.
template <class F>
concept TypedFunction = requires {
  &detail::Signature<F>::template call<F>;
};

template <TypedFunction F>
struct Conversion<F> {
  static Argument to_argument(const F& function) {
    if constexpr (std::is_function_v<F>) {
      return Callable([pointer = &function](const Arguments& given) {
        return detail::Signature<F>::call(*pointer, given);
      });
    } else {
      return Callable([function](const Arguments& given) {
        return detail::Signature<F>::call(function, given);
      });
    }
  }
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_CONVERSION_H_
