#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_VALUES_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_VALUES_H_
// What the worlds of torch's pickles make values of, and how they say what is wrong with one.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/torch_globals.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

/// One value that cannot be read, which need not cost those beside it.
class ValueFlaw final : public Error {
 public:
  using Error::Error;
};

/// "SENTENCE (byte OFFSET)" as a ValueFlaw.
[[noreturn]] inline void throw_flaw(std::uint64_t offset, std::string sentence,
                                    errc code = errc::damaged_checkpoint) {
  throw ValueFlaw(code, std::move(sentence) + " (byte " + std::to_string(offset) + ")");
}

/// That a callable was given arguments that it does not take.
inline std::string call_flaw(Value callable, std::uint64_t offset) {
  return "the pickle calls " + std::string(callable.string()) +
         " with arguments that it does not take (byte " + std::to_string(offset) + ")";
}

inline bool is_text(Value value) { return value.kind() == Value::Kind::string; }

/// An integer that is not negative.
inline std::optional<std::uint64_t> as_count(Value value) {
  if (value.kind() != Value::Kind::integer || value.integer() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value.integer());
}

/// Which of the allow-list's globals a named value is.
inline GlobalId id_of(Value callable) {
  return static_cast<GlobalId>(callable.pointer<GlobalName>()->id);
}

/// The items of a tuple; none of anything else.
inline std::span<const Value> tuple_items(Value value) {
  return value.kind() == Value::Kind::tuple ? value.items() : std::span<const Value>();
}

/// The item of a dict under a text; none where there is none.
inline Value find_in(Value dict, std::string_view name) {
  if (dict.kind() != Value::Kind::dict) return {};
  for (const auto& [key, item] : dict.entries())
    if (key.kind() == Value::Kind::string && key.string() == name) return item;
  return {};
}

/// A copy of arguments that lie where others will.
inline std::span<const Value> kept(Arena& arena, std::span<const Value> arguments) {
  auto* const copied = arena.allocate<Value>(arguments.size());
  std::copy(arguments.begin(), arguments.end(), copied);
  return {copied, arguments.size()};
}

inline Value text_value(Arena& arena, std::string_view text) {
  const std::string_view copied = arena.copy(text);
  return {Value::Kind::string, copied.data(), copied.size()};
}

/// What stands for a name that means nothing here: a device, a layout.
inline Value named_value(Arena& arena, std::string_view text) {
  return {Value::Kind::named,
          arena.make<GlobalName>(arena.copy(text), static_cast<int>(GlobalId::inert)), 0};
}

/// An object, told by its class and what it was made of, which stays where it is.
inline Value object_value(Arena& arena, std::string_view class_name,
                          std::span<const Value> arguments) {
  auto* const made = arena.make<Object>();
  made->class_name = class_name;
  made->arguments = arguments;
  return {Value::Kind::object, made, 0};
}

/// The same with its keywords, if there are any, behind its arguments, which are copied.
inline Value object_value(Arena& arena, std::string_view class_name,
                          std::span<const Value> arguments, Value keywords) {
  if (keywords.kind() != Value::Kind::dict || keywords.entries().empty())
    return object_value(arena, class_name, kept(arena, arguments));
  auto* const all = arena.allocate<Value>(arguments.size() + 1);
  std::copy(arguments.begin(), arguments.end(), all);
  new (&all[arguments.size()]) Value(keywords);
  return object_value(arena, class_name, {all, arguments.size() + 1});
}

/// An object in place of what could not be read.
inline Value flawed_value(Arena& arena, std::string_view class_name,
                          std::span<const Value> arguments, std::string_view sentence) {
  const Value made = object_value(arena, class_name, kept(arena, arguments));
  made.pointer<Object>()->flaw = arena.copy(sentence);
  return made;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_VALUES_H_
