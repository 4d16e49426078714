#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_TABLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_TABLE_H_
// From a pickle's tree to a checkpoint's table: tensors by their path from the root, with their place
// in the file.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/tensors/container_visits.h>
#include <torchhub/archive/detail/tensors/key_text.h>
#include <torchhub/archive/detail/tensors/nested_parts.h>
#include <torchhub/archive/detail/tensors/tensor_rows.h>
#include <torchhub/archive/detail/tensors/twin_keys.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/detail/torch/torch_world.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace torchhub::archive::detail {

/// Appends to `contents.tensors` the tensors of `root`, named below `prefix`: by the keys, the
/// places and the attributes that lead there, a module's as its state_dict() would. A value that holds itself
/// ends where it comes again. No two tensors get one name: where keys would lead to that, as 1 and "1" do,
/// the later one's has " (2)" after it. `contents.storages` has at `first_storage` and behind it what
/// `world` calls its storages. The world's own table may be moved from.
/// Throws: errc::limit_exceeded for values that are nested too deeply, or in each other beyond
/// counting; errc::damaged_pickle for a dict with a key twice; errc::damaged_checkpoint for a nested tensor
/// whose sizes are none. A lenient world's become contents.unread, but for the keys.
inline void add_tensors(CheckpointContents& contents, TorchWorld& world, Value root,
                        std::string_view prefix, std::size_t first_storage);

/// Sets `swap` of a storage whose bytes are in the other order, by the tensors over it.
/// Throws: errc::unsupported_format where they disagree.
inline void mark_swapped(CheckpointContents& contents);

namespace tensor_table_detail {

using Kind = Value::Kind;

inline bool is_scalar(Value value) {
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

class Walk {
 public:
  Walk(CheckpointContents& contents, TorchWorld& world, std::size_t first_storage)
      : contents_(contents),
        world_(world),
        first_storage_(first_storage),
        first_unread_(contents.unread.size()),
        rows_(contents, world.tensors(), first_storage),
        visits_(world.is_lenient()) {}

  void run(Value root, std::string_view prefix) {
    path_ = prefix;
    try {
      visit(root, 0);
    } catch (const TooManyVisits&) {
      // Everything that is there, once, instead of all the ways that lead to it.
      rows_.clear();
      visits_.begin_anew_once();
      contents_.unread.resize(first_unread_);
      is_telling_ = true;
      path_ = prefix;
      visit(root, 0);
    }
    rows_.finish(may_collide_);
  }

 private:
  static constexpr std::size_t kMostUnread = 10'000;

  void visit(Value value, std::size_t depth) {
    switch (value.kind()) {
      case Kind::tensor:
        return add(value.index(), path_name());
      case Kind::dict: {
        Mapping& mapping = *value.pointer<Mapping>();
        return go_into(mapping.mark, &mapping, depth,
                       [&] { visit_entries(value.entries(), depth); });
      }
      case Kind::list:
      case Kind::set: {
        Sequence& sequence = *value.pointer<Sequence>();
        return go_into(sequence.mark, &sequence, depth, [&] { visit_items(value.items(), depth); });
      }
      case Kind::tuple:
        return visit_tuple(value.items(), depth);
      case Kind::object: {
        Object& object = *value.pointer<Object>();
        return go_into(object.mark, &object, depth, [&] { visit_object(value, object, depth); });
      }
      default:
        return;
    }
  }

  // A ring goes through something that can change, which a tuple cannot. It has no room for a mark.
  void visit_tuple(std::span<const Value> items, std::size_t depth) {
    if (std::all_of(items.begin(), items.end(), is_scalar) || visits_.is_barren_tuple(items.data()))
      return;
    WalkMark mark;
    mark.is_seen = true;
    go_into(mark, items.data(), depth, [&] { visit_items(items, depth); });
    if (mark.is_barren) visits_.note_barren_tuple(items.data());
  }

  template <class Visit>
  void go_into(WalkMark& mark, const void* container, std::size_t depth, const Visit& visit) {
    if (mark.is_barren || visits_.ends_ring(mark)) return;
    if (ContainerVisits::is_too_deep(depth)) {
      if (!world_.is_lenient()) ContainerVisits::refuse_nesting();
      return tell("its values are nested too deeply");
    }
    visits_.go_into(mark, container, depth, visit,
                    [&] { return rows_.count() + contents_.unread.size(); });
  }

  void visit_entries(std::span<const std::pair<Value, Value>> entries, std::size_t depth) {
    twins_.check(entries);
    visit_named(entries, depth);
  }

  void visit_named(std::span<const std::pair<Value, Value>> entries, std::size_t depth) {
    bool has_text = false;
    bool has_number = false;
    bool has_container = false;
    for (std::size_t place = 0; place < entries.size(); ++place) {
      const auto& [key, item] = entries[place];
      if (is_scalar(item)) continue;
      const bool is_tensor = item.kind() == Kind::tensor;
      has_container |= !is_tensor;
      if (key.kind() != Kind::string) {
        has_number |= key.kind() == Kind::integer;
        may_collide_ |= key.kind() != Kind::integer;
        visit_below(key_text(key, place), item, depth);
        continue;
      }
      has_text = true;
      if (is_tensor) {
        add(item.index(), name_below(key.string()));
      } else {
        visit_below(key.string(), item, depth);
      }
    }
    may_collide_ |= has_number && has_text;
    if (has_container && has_text && !may_collide_) may_collide_ = has_dotted(entries);
  }

  // A key with a dot, or none at all, may say what two keys say one after the other.
  static bool has_dotted(std::span<const std::pair<Value, Value>> entries) {
    return std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
      return !is_scalar(entry.second) && entry.first.kind() == Kind::string &&
             (entry.first.size() == 0 || entry.first.string().find('.') != std::string_view::npos);
    });
  }

  void visit_items(std::span<const Value> items, std::size_t depth) {
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!is_scalar(items[i])) visit_below(std::to_string(i), items[i], depth);
  }

  void visit_below(std::string_view name, Value item, std::size_t depth) {
    const std::size_t before = path_.size();
    if (before > 0) path_ += '.';
    path_ += name;
    visit(item, depth + 1);
    path_.resize(before);
  }

  // By what a dict or a list in its place would have; else by what it was made from and its attributes.
  void visit_object(Value value, const Object& object, std::size_t depth) {
    if (!object.flaw.empty()) return visit_flawed(object, depth);
    if (object.role == ObjectRole::nested_tensor) return visit_nested(object);
    if (is_module(object.state)) return visit_module(object.state, depth);
    may_collide_ = true;
    if (holds_storage(object.arguments)) {
      tell("it is of the class " + std::string(object.class_name) +
           ", which has bytes of a tensor that only the class understands");
    }
    if (is_user_container(object)) return visit(find_in(object.state, "data"), depth + 1);
    if (object.role == ObjectRole::called && object.arguments.size() == 1) {
      visit_contents(object.arguments[0], depth);
    } else {
      visit_items(object.arguments, depth);
    }
    if (object.appended) visit_items(value.appended().items(), depth);
    if (object.mapped) visit_entries(value.mapped().entries(), depth);
    // A dict's or a list's subclass is told by its items: attributes are often the same values again.
    if (!object.appended && !object.mapped) visit_state(object.state, depth);
  }

  // collections.UserDict, by its names of Python 3 and 2: a dict in an attribute.
  static bool is_user_container(const Object& object) {
    constexpr std::array<std::string_view, 3> kNames = {"collections.UserDict", "UserDict.UserDict",
                                                        "UserDict.IterableUserDict"};
    return std::find(kNames.begin(), kNames.end(), object.class_name) != kNames.end();
  }

  // What it was to be made of is there still, and the reason is told once.
  void visit_flawed(const Object& object, std::size_t depth) {
    tell(object.flaw);
    may_collide_ = true;
    const bool was_telling = std::exchange(is_telling_, false);
    visit_items(object.arguments, depth);
    visit_state(object.state, depth);
    is_telling_ = was_telling;
  }

  static bool holds_storage(std::span<const Value> arguments) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [](Value argument) { return argument.kind() == Kind::storage; });
  }

  // The one argument of a class that is called: a set's subclass has a list of its items there, a
  // Counter's a dict, and Python 2's OrderedDict's a list of pairs.
  void visit_contents(Value contents, std::size_t depth) {
    if (contents.kind() == Kind::dict || contents.kind() == Kind::set)
      return visit(contents, depth + 1);
    if (contents.kind() != Kind::list) return visit_below("0", contents, depth);
    const auto is_pair = [](Value item) {
      return item.kind() == Kind::list && item.items().size() == 2 &&
             item.items()[0].kind() == Kind::string;
    };
    const auto items = contents.items();
    if (items.empty() || !std::all_of(items.begin(), items.end(), is_pair))
      return visit(contents, depth + 1);
    Sequence& sequence = *contents.pointer<Sequence>();
    go_into(sequence.mark, &sequence, depth + 1, [&] {
      for (const Value item : items)
        if (!is_scalar(item.items()[1]))
          visit_below(item.items()[0].string(), item.items()[1], depth + 1);
    });
  }

  // A dict of attributes, or (None or such a dict, one for those that are slots), or what __getstate__
  // gave.
  void visit_state(Value state, std::size_t depth) {
    if (state.kind() == Kind::dict) return visit_attributes(state, depth);
    const auto parts = state.kind() == Kind::tuple ? state.items() : std::span<const Value>();
    const bool has_slots = parts.size() == 2 && parts[1].kind() == Kind::dict &&
                           (parts[0].kind() == Kind::none || parts[0].kind() == Kind::dict);
    if (!has_slots) return visit(state, depth + 1);
    for (const Value part : parts)
      if (part.kind() == Kind::dict) visit_attributes(part, depth);
  }

  void visit_attributes(Value dict, std::size_t depth) {
    Mapping& mapping = *dict.pointer<Mapping>();
    go_into(mapping.mark, &mapping, depth + 1, [&] { visit_named(dict.entries(), depth); });
  }

  static bool is_module(Value state) {
    constexpr std::array<std::string_view, 3> kTables = {"_parameters", "_buffers", "_modules"};
    if (state.kind() != Kind::dict) return false;
    return std::all_of(kTables.begin(), kTables.end(), [&](std::string_view table) {
      return find_in(state, table).kind() == Kind::dict;
    });
  }

  // Source: torch.nn.Module.state_dict() and _save_to_state_dict().
  void visit_module(Value state, std::size_t depth) {
    visit_table(find_in(state, "_parameters"), Value(), depth);
    visit_table(find_in(state, "_buffers"), find_in(state, "_non_persistent_buffers_set"), depth);
    visit_packed(state, depth);
    visit_table(find_in(state, "_modules"), Value(), depth);
  }

  // What quantized modules keep in an object of TorchScript's, of the state (contents, class).
  void visit_packed(Value state, std::size_t depth) {
    for (const auto& [key, item] : state.entries()) {
      const bool is_packed = key.kind() == Kind::string && item.kind() == Kind::object &&
                             item.string() == "torch.ScriptObject" &&
                             item.state().kind() == Kind::tuple && item.state().items().size() == 2;
      if (!is_packed) continue;
      may_collide_ = true;
      visit_below(key.string(), item.state().items()[0], depth);
    }
  }

  void visit_table(Value table, Value left_out, std::size_t depth) {
    std::unordered_set<std::string_view> names;
    if (left_out.kind() == Kind::set) {
      for (const Value name : left_out.items())
        if (name.kind() == Kind::string) names.insert(name.string());
    }
    std::size_t place = 0;
    for (const auto& [key, item] : table.entries()) {
      const std::size_t at = place++;
      if (is_scalar(item) || (key.kind() == Kind::string && names.contains(key.string()))) continue;
      visit_below(key_text(key, at), item, depth);
    }
    may_collide_ |= !table.entries().empty() && has_dotted(table.entries());
  }

  // The tensors that a nested one is made of: (buffer, sizes, strides, offsets), of which the last
  // three are numbers that lie in storages.
  void visit_nested(const Object& object) {
    may_collide_ = true;
    try {
      add_nested(object.arguments);
    } catch (const ValueFlaw& found) {
      if (!world_.is_lenient()) throw;
      tell(found.what());
    }
  }

  void add_nested(std::span<const Value> parts) {
    using namespace nested_parts_detail;
    const NestedNumbers nested = read_numbers(contents_, world_, first_storage_, parts);
    rows_.expect_nested(nested.offsets.size());
    for (std::size_t i = 0; i < nested.offsets.size(); ++i) {
      const TensorInfo part = part_at(nested, i);
      const std::size_t before = path_.size();
      if (before > 0) path_ += '.';
      path_ += std::to_string(i);
      rows_.add_copy(part, path_name());
      path_.resize(before);
    }
  }

  void tell(std::string_view reason) { tell(path_name(), reason); }

  void tell(std::string_view name, std::string_view reason) {
    if (!is_telling_ || contents_.unread.size() - first_unread_ >= kMostUnread) return;
    contents_.unread.push_back({name, contents_.arena.copy(reason)});
  }

  // What a text in the file names; at the root it is the name.
  std::string_view name_below(std::string_view name) {
    if (path_.empty()) return name;
    char* const text = contents_.arena.allocate<char>(path_.size() + 1 + name.size());
    std::memcpy(text, path_.data(), path_.size());
    text[path_.size()] = '.';
    if (!name.empty()) std::memcpy(text + path_.size() + 1, name.data(), name.size());
    return {text, path_.size() + 1 + name.size()};
  }

  std::string_view path_name() { return contents_.arena.copy(path_); }

  void add(std::size_t index, std::string_view name) {
    if (world_.is_lenient() && !world_.flaw_of(index).empty())
      return tell(name, world_.flaw_of(index));
    rows_.add(index, name);
  }

  CheckpointContents& contents_;
  TorchWorld& world_;
  const std::size_t first_storage_;
  const std::size_t first_unread_;
  TensorRows rows_;
  ContainerVisits visits_;
  TwinKeys twins_;
  std::string path_;
  bool may_collide_ = false;
  bool is_telling_ = true;
};

}  // namespace tensor_table_detail

inline void add_tensors(CheckpointContents& contents, TorchWorld& world, Value root,
                        std::string_view prefix, std::size_t first_storage) {
  tensor_table_detail::Walk(contents, world, first_storage).run(root, prefix);
}

inline void mark_swapped(CheckpointContents& contents) {
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

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_TABLE_H_
