// Says what our machine makes of pickles, one a line: hexadecimal digits on stdin; on stdout "= VALUE" in the
// words of unpicklers.py, "? " where a value is too large to be told, or "! " and why it is refused.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/pickle/pickle_machine.h>
#include <torchhub/archive/detail/pickle/whole_pickle.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace torchhub::archive {
namespace {

using Kind = Value::Kind;
using detail::Arena;

constexpr int kMostValues = 500;  // as unpicklers.py

// Every global is a name, and what is called an object of its arguments.
class NamingWorld {
 public:
  explicit NamingWorld(Arena& arena) : arena_(arena) {}

  Value global(std::string_view module, std::string_view name, std::uint64_t) {
    const std::string full = std::string(module) + "." + std::string(name);
    return {Kind::named, arena_.make<detail::GlobalName>(arena_.copy(full), 0, true), 0};
  }
  Value call(Value callable, std::span<const Value> arguments, detail::Calling calling,
             std::uint64_t offset) {
    if (calling == detail::Calling::as_new || callable.kind() != Kind::named)
      detail::throw_at(errc::damaged_pickle, offset, "it is no type, or nothing to call");
    return object(callable.string(), arguments);
  }
  Value call_with_keywords(Value, std::span<const Value>, Value, std::uint64_t offset) {
    detail::throw_at(errc::damaged_pickle, offset, "it is no type");
  }
  Value persistent(Value id, std::uint64_t) {
    Value* const kept = arena_.allocate<Value>(1);
    *kept = id;
    return object("persistent", std::span(kept, 1));
  }
  bool takes_items(Value) const { return false; }
  void build(Value target, Value state, std::uint64_t offset) {
    if (target.kind() != Kind::object)
      detail::throw_at(errc::damaged_pickle, offset, "what has no state is given one");
    target.pointer<detail::Object>()->state = state;
  }

 private:
  Value object(std::string_view name, std::span<const Value> arguments) {
    // The machine may reuse what lies behind `arguments`.
    Value* const kept = arena_.allocate<Value>(arguments.size());
    std::copy(arguments.begin(), arguments.end(), kept);
    auto* const made = arena_.make<detail::Object>();
    made->class_name = name;
    made->arguments = {kept, arguments.size()};
    return {Kind::object, made, 0};
  }

  Arena& arena_;
};
static_assert(detail::PickleWorld<NamingWorld>);

struct TooLarge {};

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

class Teller {
 public:
  std::string tell(Value value) {
    if (++told_ > kMostValues) throw TooLarge();
    switch (value.kind()) {
      case Kind::none:
        return "N";
      case Kind::boolean:
        return value.boolean() ? "T" : "F";
      case Kind::integer:
        return "i" + std::to_string(value.integer());
      case Kind::long_integer:
        return long_integer(value.string());
      case Kind::real: {
        if (std::isnan(value.real())) return "fnan";
        char text[17];
        std::snprintf(text, sizeof text, "%016llx",
                      static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value.real())));
        return std::string("f") + text;
      }
      case Kind::string:
        return "s" + hex(value.string());
      case Kind::bytes:
        return "b" + hex(value.string());
      case Kind::list:
        return "[" + joined(all(value.items())) + "]";
      case Kind::tuple:
        return "(" + joined(all(value.items())) + ")";
      case Kind::set: {
        std::map<std::string, std::string> items;
        for (const Value item : value.items()) items.emplace(key(item), tell(item));
        std::vector<std::string> texts;
        for (const auto& [unused, text] : items) texts.push_back(text);
        std::sort(texts.begin(), texts.end());
        return "<" + joined(texts) + ">";
      }
      case Kind::dict:
        return dict(value);
      case Kind::named:
        return "g" + hex(value.string());
      case Kind::object:
        return "o" + hex(value.string()) + "(" + joined(all(value.items())) + ")" +
               tell(value.state());
      default:
        return "unknown";
    }
  }

 private:
  // Python's dict keeps the first of equal keys and the last of their values.
  std::string dict(Value value) {
    std::vector<std::pair<std::string, std::string>> entries;
    std::map<std::string, std::size_t> places;
    for (const auto& [k, v] : value.entries()) {
      const auto [place, is_new] = places.emplace(key(k), entries.size());
      if (is_new) entries.emplace_back(tell(k), "");
      entries[place->second].second = tell(v);
    }
    std::vector<std::string> texts;
    for (const auto& [k, v] : entries) texts.push_back(k + ":" + v);
    return "{" + joined(texts) + "}";
  }

  // The same text for keys that are equal to Python: True, 1 and 1.0.
  std::string key(Value value) {
    if (value.kind() == Kind::boolean) return value.boolean() ? "i1" : "i0";
    if (value.kind() == Kind::real && value.real() == std::floor(value.real()) &&
        std::fabs(value.real()) < 9e18)
      return "i" + std::to_string(static_cast<std::int64_t>(value.real()));
    if (value.kind() != Kind::tuple) return tell(value);
    std::vector<std::string> parts;
    for (const Value item : value.items()) parts.push_back(key(item));
    return "(" + joined(parts) + ")";
  }

  static std::string long_integer(std::string_view bytes) {
    const auto sign_of = [](std::string_view b) { return static_cast<signed char>(b.back()) < 0; };
    while (bytes.size() > 1) {
      const char fill = sign_of(bytes) ? '\xff' : '\0';
      const std::string_view shorter = bytes.substr(0, bytes.size() - 1);
      if (bytes.back() != fill || sign_of(shorter) != sign_of(bytes)) break;
      bytes = shorter;
    }
    if (bytes.size() > 8) return "l" + hex(bytes);
    std::uint64_t value = sign_of(bytes) ? ~std::uint64_t{0} : 0;
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(&value));
    return "i" + std::to_string(static_cast<std::int64_t>(value));
  }

  std::vector<std::string> all(std::span<const Value> values) {
    std::vector<std::string> texts;
    for (const Value value : values) texts.push_back(tell(value));
    return texts;
  }

  int told_ = 0;
};

std::string answer(std::span<const std::byte> pickle) {
  Arena arena(detail::value_bytes_allowed(pickle.size()));
  NamingWorld world(arena);
  try {
    return "= " + Teller().tell(detail::unpickle_whole(pickle, arena, world));
  } catch (const TooLarge&) {
    return "? ";
  } catch (const Error& error) {
    return std::string("! ") + error.what();
  }
}

std::vector<std::byte> bytes_of(const std::string& digits) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

}  // namespace
}  // namespace torchhub::archive

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::string text = torchhub::archive::answer(torchhub::archive::bytes_of(line));
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::cout << text << "\n";
  }
}
