#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_CONTAINERS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_CONTAINERS_H_
// Python's and torch's small values, as their constructors make them of a pickle's arguments.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/pickle/bytes_value.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

// (), ({...},), or of an OrderedDict ([[key, value], ...],), as Python 2 writes it.
inline Value mapping_of(Arena& arena, Arguments arguments, bool takes_pairs, std::uint64_t offset) {
  auto* const made = arena.make<Mapping>();
  const Value result(Value::Kind::dict, made, 0);
  if (arguments.empty()) return result;
  if (arguments.size() == 1 && arguments[0].kind() == Value::Kind::dict) {
    const auto entries = arguments[0].entries();
    made->entries = arena.allocate<std::pair<Value, Value>>(entries.size());
    made->size = made->capacity = static_cast<std::uint32_t>(entries.size());
    std::copy(entries.begin(), entries.end(), made->entries);
    return result;
  }
  const bool is_list = arguments.size() == 1 && (arguments[0].kind() == Value::Kind::list ||
                                                 arguments[0].kind() == Value::Kind::tuple);
  if (!takes_pairs || !is_list) throw_flaw(offset, "a dict is built from what is no dict");
  const auto pairs = arguments[0].items();
  made->entries = arena.allocate<std::pair<Value, Value>>(pairs.size());
  made->capacity = static_cast<std::uint32_t>(pairs.size());
  for (const Value pair : pairs) {
    const bool is_sequence = pair.kind() == Value::Kind::list || pair.kind() == Value::Kind::tuple;
    if (!is_sequence || pair.items().size() != 2 || pair.items()[0].kind() > Value::Kind::bytes)
      throw_flaw(offset, "an OrderedDict is built from what is no list of pairs");
    made->entries[made->size++] = {pair.items()[0], pair.items()[1]};
  }
  return result;
}

// (), (items,) or (items, maxlen); what it holds comes by APPENDS.
inline Value deque_of(Arena& arena, Arguments arguments, std::uint64_t offset) {
  auto* const made = arena.make<Sequence>();
  const bool is_limited = arguments.size() == 2 && arguments[1].kind() != Value::Kind::none;
  const auto most = is_limited ? as_count(arguments[1]) : std::nullopt;
  const bool well_formed = arguments.size() <= 2 && (!is_limited || most) &&
                           (arguments.empty() || arguments[0].kind() == Value::Kind::list ||
                            arguments[0].kind() == Value::Kind::tuple);
  if (!well_formed) throw_flaw(offset, "a deque is built from what is no list");
  if (most && *most < Sequence::kNoLimit) made->most = static_cast<std::uint32_t>(*most);
  if (!arguments.empty()) {
    const Arguments items = arguments[0].items();
    if (items.size() > made->most) throw_flaw(offset, "a deque holds more than it may");
    made->items = arena.allocate<Value>(items.size());
    made->size = made->capacity = static_cast<std::uint32_t>(items.size());
    std::copy(items.begin(), items.end(), made->items);
  }
  return {Value::Kind::list, made, 0};
}

// Python 3 writes bytes for Python 2 as a str of their code points, and 'latin1'.
inline Value encoded_bytes(Arena& arena, Arguments arguments, std::uint64_t offset) {
  const bool well_formed =
      arguments.size() == 2 && is_text(arguments[0]) && is_text(arguments[1]) &&
      (arguments[1].string() == "latin1" || arguments[1].string() == "latin-1");
  if (!well_formed) throw_flaw(offset, "_codecs.encode is called for another encoding than latin1");
  const auto bytes = latin1_bytes(arguments[0].string(), arena);
  if (!bytes) throw_flaw(offset, "bytes are given as a text that is not Latin-1");
  return {Value::Kind::bytes, bytes->data(), bytes->size()};
}

inline Value byte_array_of(Arena& arena, Arguments arguments, std::uint64_t offset) {
  if (arguments.empty()) return {Value::Kind::bytes, 0};
  const auto bytes =
      arguments.size() == 1 ? bytes_of(arguments[0], arena) : std::optional<std::string_view>();
  if (bytes) return {Value::Kind::bytes, bytes->data(), bytes->size()};
  return encoded_bytes(arena, arguments, offset);
}

inline Value set_of(Arena& arena, Arguments arguments, std::uint64_t offset) {
  auto* const made = arena.make<Sequence>();
  if (arguments.size() == 1 &&
      (arguments[0].kind() == Value::Kind::list || arguments[0].kind() == Value::Kind::tuple)) {
    const auto items = arguments[0].items();
    made->items = arena.allocate<Value>(items.size());
    made->size = made->capacity = static_cast<std::uint32_t>(items.size());
    std::copy(items.begin(), items.end(), made->items);
  } else if (!arguments.empty()) {
    throw_flaw(offset, "a set is built from what is no list");
  }
  return {Value::Kind::set, made, 0};
}

inline Value device_of(Arena& arena, Arguments arguments, std::uint64_t offset) {
  if (arguments.empty() || arguments.size() > 2 || !is_text(arguments[0]))
    throw_flaw(offset, "a device is named by no text");
  std::string text(arguments[0].string());
  if (arguments.size() == 2 && as_count(arguments[1]))
    text += ':' + std::to_string(arguments[1].integer());
  return named_value(arena, text);
}

/// (real, imaginary); nothing for what are no numbers.
inline std::optional<Value> complex_of(Arena& arena, Arguments arguments) {
  const auto number = [](Value value) -> std::optional<double> {
    if (value.kind() == Value::Kind::real) return value.real();
    if (value.kind() == Value::Kind::integer) return static_cast<double>(value.integer());
    return std::nullopt;
  };
  if (arguments.size() != 2) return std::nullopt;
  const auto real = number(arguments[0]);
  const auto imaginary = number(arguments[1]);
  if (!real || !imaginary) return std::nullopt;
  return Value(Value::Kind::complex, arena.make<std::complex<double>>(*real, *imaginary), 0);
}

/// torch.Size: (), ([...],) or ((...),); nothing for other arguments.
inline std::optional<Value> size_of(Arena& arena, Arguments arguments) {
  if (arguments.empty()) return Value(Value::Kind::tuple, 0);
  if (arguments.size() == 1 && arguments[0].kind() == Value::Kind::list) {
    const Arguments sizes = kept(arena, arguments[0].items());
    return Value(Value::Kind::tuple, sizes.data(), sizes.size());
  }
  if (arguments.size() != 1 || arguments[0].kind() != Value::Kind::tuple) return std::nullopt;
  return arguments[0];
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_CONTAINERS_H_
