#include <torchhub/archive/detail/tensor_table.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <variant>

namespace torchhub::archive::detail {
namespace {

using Kind = Value::Kind;

constexpr std::size_t kMaxDepth = 1000;
// Values that hold each other twice make a tree of few nodes endless to walk.
constexpr std::size_t kMaxVisits = 5'000'000;
constexpr std::size_t kFewKeys = 16;

std::string number_text(double value) {
  std::array<char, 40> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

class Walk {
 public:
  Walk(CheckpointContents& contents, TorchWorld& world, std::size_t first_storage)
      : contents_(contents),
        made_(world.tensors()),
        first_storage_(first_storage),
        is_in_order_(contents.tensors.empty()) {}

  void run(Value root, std::string_view prefix) {
    const std::size_t first = contents_.tensors.size();
    visit(root, prefix, 0);
    if (is_in_order_ && visited_ == made_.size()) {
      contents_.tensors = std::move(made_);
    } else if (is_in_order_) {
      copy_made(visited_);
    }
    for (std::size_t i = first; i < contents_.tensors.size(); ++i) complete(contents_.tensors[i]);
  }

 private:
  void visit(Value value, std::string_view path, std::size_t depth) {
    switch (value.kind()) {
      case Kind::tensor:
        return add(value.index(), path);
      case Kind::dict:
        count(depth);
        check_keys(value.entries());
        for (const auto& [key, item] : value.entries()) {
          if (is_scalar(item)) continue;
          visit(item, joined(path, key), depth + 1);
        }
        return;
      case Kind::list:
      case Kind::tuple:
      case Kind::set:
        count(depth);
        visit_items(value.items(), path, depth);
        return;
      case Kind::object:
        count(depth);
        visit_items(value.items(), path, depth);
        visit_state(value.state(), path, depth);
        return;
      default:
        return;
    }
  }

  static bool is_scalar(Value value) {
    switch (value.kind()) {
      case Kind::tensor:
      case Kind::dict:
      case Kind::list:
      case Kind::tuple:
      case Kind::set:
      case Kind::object:
        return false;
      default:
        return true;
    }
  }

  void count(std::size_t depth) {
    if (depth > kMaxDepth || ++visits_ > kMaxVisits)
      throw Error(errc::limit_exceeded, "its values are nested too deeply, or hold each other");
  }

  void visit_items(std::span<const Value> items, std::string_view path, std::size_t depth) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!is_scalar(items[i])) visit(items[i], joined(path, std::to_string(i)), depth + 1);
    }
  }

  // A module's tensors have the names that its state_dict() would give them.
  void visit_state(Value state, std::string_view path, std::size_t depth) {
    if (state.kind() != Kind::dict) return visit(state, path, depth + 1);
    constexpr std::array<std::string_view, 3> kTables = {"_parameters", "_buffers", "_modules"};
    for (const auto& [key, item] : state.entries()) {
      const bool is_table =
          key.kind() == Kind::string && item.kind() == Kind::dict &&
          std::find(kTables.begin(), kTables.end(), key.string()) != kTables.end();
      if (!is_scalar(item)) visit(item, is_table ? path : joined(path, key), depth + 1);
    }
  }

  // Python would keep the last of two; nobody writes such a file.
  void check_keys(std::span<const std::pair<Value, Value>> entries) {
    if (entries.size() <= kFewKeys) {
      for (std::size_t i = 1; i < entries.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (is_same_key(entries[i].first, entries[k].first)) refuse_twin(entries[i].first);
        }
      }
      return;
    }
    NameIndex texts(entries.size());
    std::vector<Number> numbers;
    for (const auto& [key, item] : entries) {
      if (key.kind() == Kind::string && !texts.insert(key.string(), 0).second) refuse_twin(key);
      if (const auto number = number_of(key)) numbers.push_back(*number);
    }
    std::sort(numbers.begin(), numbers.end());
    if (std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end())
      throw Error(errc::damaged_pickle, "a dict has a number twice among its keys");
  }

  // True, 1 and 1.0 are one key.
  using Number = std::variant<std::int64_t, double>;

  static std::optional<Number> number_of(Value key) {
    switch (key.kind()) {
      case Kind::boolean:
      case Kind::integer:
        return key.integer();
      case Kind::real: {
        constexpr double kLimit = 9007199254740992.0;  // 2^53: whole numbers are exact below
        const double real = key.real();
        if (real > -kLimit && real < kLimit && real == std::floor(real))
          return static_cast<std::int64_t>(real);
        return real;
      }
      default:
        return std::nullopt;
    }
  }

  static bool is_same_key(Value a, Value b) {
    if (a.kind() == Kind::string || a.kind() == Kind::bytes)
      return a.kind() == b.kind() && a.string() == b.string();
    const auto number = number_of(a);
    return number && number == number_of(b);
  }

  [[noreturn]] static void refuse_twin(Value key) {
    throw Error(errc::damaged_pickle, "a dict has the key '" + key_text(key) + "' twice");
  }

  static std::string key_text(Value key) {
    switch (key.kind()) {
      case Kind::boolean:
        return key.boolean() ? "True" : "False";
      case Kind::integer:
        return std::to_string(key.integer());
      case Kind::real:
        return number_text(key.real());
      case Kind::string:
      case Kind::bytes:
      case Kind::named:
        return std::string(key.string());
      case Kind::tuple: {
        std::string text = "(";
        for (const Value item : key.items()) {
          if (text.size() > 1) text += ", ";
          text += key_text(item);
        }
        return text + ')';
      }
      default:
        return "None";
    }
  }

  std::string_view joined(std::string_view path, Value key) {
    if (key.kind() == Kind::string) return joined(path, key.string());
    return joined(path, contents_.arena.copy(key_text(key)));
  }

  std::string_view joined(std::string_view path, const std::string& name) {
    return joined(path, contents_.arena.copy(name));
  }

  std::string_view joined(std::string_view path, std::string_view name) {
    if (path.empty()) return name;
    char* const text = contents_.arena.allocate<char>(path.size() + 1 + name.size());
    std::memcpy(text, path.data(), path.size());
    text[path.size()] = '.';
    if (!name.empty()) std::memcpy(text + path.size() + 1, name.data(), name.size());
    return {text, path.size() + 1 + name.size()};
  }

  // As long as the walk meets the tensors in the order in which the pickle made them, each once, the
  // world's table becomes the checkpoint's without a copy.
  void add(std::size_t index, std::string_view name) {
    if (++visited_ > kMaxVisits) throw Error(errc::limit_exceeded, "it holds too many tensors");
    if (is_in_order_ && index == visited_ - 1) {
      made_[index].name = name;
      return;
    }
    if (is_in_order_) {
      is_in_order_ = false;
      copy_made(visited_ - 1);
    }
    contents_.tensors.emplace_back(made_[index]).name = name;
  }

  void copy_made(std::size_t count) {
    contents_.tensors.insert(contents_.tensors.end(), made_.begin(),
                             made_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  // What needs to know where the storages lie.
  void complete(TensorInfo& tensor) {
    place(tensor);
    if (tensor.parts.empty()) return;
    auto* const parts = contents_.arena.allocate<TensorInfo>(tensor.parts.size());
    for (std::size_t i = 0; i < tensor.parts.size(); ++i) {
      new (&parts[i]) TensorInfo(tensor.parts[i]);
      place(parts[i]);
    }
    tensor.parts = {parts, tensor.parts.size()};
  }

  void place(TensorInfo& tensor) const {
    if (tensor.storage == TensorInfo::kNoStorage) return;
    tensor.storage += first_storage_;
    const StoredBytes& storage = contents_.storages[tensor.storage];
    tensor.file = storage.file;
    tensor.file_offset = storage.file_offset + tensor.storage_offset * item_bytes(tensor.dtype);
  }

  CheckpointContents& contents_;
  std::vector<TensorInfo>& made_;
  std::size_t first_storage_;
  bool is_in_order_;
  std::size_t visited_ = 0;  // tensors
  std::size_t visits_ = 0;   // of containers
};

}  // namespace

void add_tensors(CheckpointContents& contents, TorchWorld& world, Value root,
                 std::string_view prefix, std::size_t first_storage) {
  Walk(contents, world, first_storage).run(root, prefix);
}

void mark_swapped(CheckpointContents& contents) {
  std::vector<std::uint8_t> known(contents.storages.size(), 0);
  const auto mark = [&](const TensorInfo& tensor) {
    if (tensor.storage == TensorInfo::kNoStorage) return;
    const auto size = static_cast<std::uint8_t>(swap_bytes(tensor.dtype));
    std::uint8_t& before = known[tensor.storage];
    if (before != 0 && before != size) {
      throw Error(errc::unsupported_format,
                  "it comes from a big-endian machine, and tensors of two sizes share bytes");
    }
    before = size;
    contents.storages[tensor.storage].swap = size;
  };
  for (const TensorInfo& tensor : contents.tensors) {
    mark(tensor);
    for (const TensorInfo& part : tensor.parts) mark(part);
  }
}

}  // namespace torchhub::archive::detail
