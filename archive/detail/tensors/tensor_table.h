#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_TABLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_TABLE_H_
// From a pickle's tree to a checkpoint's table: tensors by their path from the root, with their place
// in the file.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/tensors/key_text.h>
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

inline constexpr std::size_t kMaxDepth = 1000;
// Values that hold each other twice make a tree of few nodes endless to walk. That many containers may be
// met again, and two more for each that there is.
inline constexpr std::size_t kMaxRepeats = 500'000;
// So many names may tensors have, and eight more for each tensor that there is.
inline constexpr std::size_t kMaxNames = 100'000;
inline constexpr std::size_t kMaxNested = 5'000'000;
inline constexpr std::size_t kFewKeys = 16;
inline constexpr std::size_t kMostUnread = 10'000;

// A walk that met more than it may.
struct TooManyVisits {};

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

// Whether no two of a dict's keys are one to Python. It would keep the last of two; nobody writes such a
// file.
class Twins {
 public:
  void check(std::span<const std::pair<Value, Value>> entries) {
    if (entries.size() <= kFewKeys) return check_few(entries);
    NameIndex texts(entries.size());
    std::vector<std::pair<std::uint64_t, Value>> others;
    for (const auto& [key, item] : entries) {
      if (key.kind() == Kind::string) {
        if (!texts.insert(key.string(), 0).second) refuse(key);
      } else if (const auto hash = hashes_.of(key)) {
        others.emplace_back(*hash, key);
      }
    }
    std::sort(others.begin(), others.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto twin =
        std::adjacent_find(others.begin(), others.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twin != others.end()) refuse(twin->second);
  }

 private:
  void check_few(std::span<const std::pair<Value, Value>> entries) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (is_same(entries[i].first, entries[k].first)) refuse(entries[i].first);
      }
    }
  }

  bool is_same(Value a, Value b) {
    if (a.kind() == Kind::string || b.kind() == Kind::string)
      return a.kind() == b.kind() && a.string() == b.string();
    if (a.kind() == Kind::integer && b.kind() == Kind::integer) return a.integer() == b.integer();
    const auto hash = hashes_.of(a);
    return hash && hash == hashes_.of(b);
  }

  [[noreturn]] static void refuse(Value key) {
    throw Error(errc::damaged_pickle, "a dict has the key '" + key_text(key, 0) + "' twice");
  }

  KeyHashes hashes_;
};

class Walk {
 public:
  Walk(CheckpointContents& contents, TorchWorld& world, std::size_t first_storage, bool is_lenient)
      : contents_(contents),
        world_(world),
        made_(world.tensors()),
        first_storage_(first_storage),
        first_tensor_(contents.tensors.size()),
        first_unread_(contents.unread.size()),
        is_lenient_(is_lenient),
        is_in_order_(contents.tensors.empty()) {}

  void run(Value root, std::string_view prefix) {
    path_ = prefix;
    try {
      visit(root, 0);
    } catch (const TooManyVisits&) {
      // Everything that is there, once, instead of all the ways that lead to it.
      contents_.tensors.resize(first_tensor_);
      contents_.unread.resize(first_unread_);
      is_in_order_ = false;
      repeats_ = visited_ = nested_ = 0;
      goes_once_ = is_telling_ = true;
      closed_.clear();
      path_ = prefix;
      visit(root, 0);
    }
    if (is_in_order_ && visited_ == made_.size()) {
      contents_.tensors = std::move(made_);
    } else if (is_in_order_) {
      copy_made(visited_);
    }
    if (may_collide_) tell_apart();
    for (std::size_t i = first_tensor_; i < contents_.tensors.size(); ++i)
      complete(contents_.tensors[i]);
  }

 private:
  static constexpr std::uint16_t kNoRing = 0xFFFF;

  // Marks a container for as long as the walk is inside of it.
  class Inside {
   public:
    Inside(WalkMark& mark, std::size_t depth) : mark_(mark) {
      mark_.is_seen = true;
      mark_.depth = static_cast<std::uint16_t>(depth + 1);
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { mark_.depth = 0; }

   private:
    WalkMark& mark_;
  };

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
    if (std::all_of(items.begin(), items.end(), is_scalar) || barren_tuples_.contains(items.data()))
      return;
    WalkMark mark;
    mark.is_seen = true;
    go_into(mark, items.data(), depth, [&] { visit_items(items, depth); });
    if (mark.is_barren) barren_tuples_.insert(items.data());
  }

  // Visits a container, unless it is an end: of a ring, of what was looked through in vain, of what may be
  // visited at all.
  template <class Visit>
  void go_into(WalkMark& mark, const void* container, std::size_t depth, const Visit& visit) {
    if (mark.is_barren) return;
    if (mark.depth != 0) {
      ring_depth_ = std::min(ring_depth_, mark.depth);
      return count_repeat();
    }
    if (depth > kMaxDepth) {
      if (!is_lenient_) refuse_nesting();
      return tell("its values are nested too deeply");
    }
    if (mark.is_seen) {
      count_repeat();
    } else {
      ++seen_;
    }
    if (goes_once_ && !closed_.insert(container).second) return;
    const std::size_t found_before = found();
    const std::uint16_t ring_before = std::exchange(ring_depth_, kNoRing);
    {
      const Inside inside(mark, depth);
      visit();
    }
    // Within a ring, what leads back may lead to tensors from elsewhere.
    const bool leads_back = ring_depth_ <= depth;
    if (found() == found_before && !leads_back && !goes_once_) mark.is_barren = true;
    ring_depth_ = leads_back ? std::min(ring_before, ring_depth_) : ring_before;
  }

  // Of a container that was met before, or is a tuple.
  void count_repeat() {
    if (++repeats_ <= kMaxRepeats + 2 * seen_ || goes_once_) return;
    if (!is_lenient_) refuse_nesting();
    throw TooManyVisits();
  }

  std::size_t found() const { return visited_ + contents_.unread.size(); }

  [[noreturn]] static void refuse_nesting() {
    throw Error(errc::limit_exceeded, "its values are nested too deeply, or hold each other");
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
      if (!is_lenient_) throw;
      tell(found.what());
    }
  }

  void add_nested(std::span<const Value> parts) {
    const auto flaw = [](const char* what) {
      throw ValueFlaw(errc::damaged_checkpoint, std::string("a nested tensor ") + what);
    };
    const TensorInfo buffer = tensor_at(parts[0]);
    const auto sizes = numbers_of(tensor_at(parts[1]));
    const auto strides = numbers_of(tensor_at(parts[2]));
    const auto offsets = numbers_of(tensor_at(parts[3]));
    if (!sizes || !strides || !offsets) flaw("has sizes, strides or offsets that cannot be read");
    const Shape table = tensor_at(parts[1]).shape;
    const std::size_t count = offsets->size();
    const std::size_t rank = count == 0 ? 0 : sizes->size() / count;
    if (buffer.layout != Layout::strided || buffer.quantization || buffer.storage_offset != 0 ||
        rank > kMaxRank || sizes->size() != count * rank || strides->size() != sizes->size() ||
        (count > 0 && (table.size() != 2 || table[0] != static_cast<std::int64_t>(count))))
      flaw("has sizes, strides and offsets that do not fit");
    nested_ += count;
    if (nested_ > kMaxNested) throw Error(errc::limit_exceeded, "it holds too many tensors");
    for (std::size_t i = 0; i < count; ++i) {
      TensorInfo one = buffer;
      one.shape = Shape(sizes->data() + i * rank, rank);
      one.stride = Shape(strides->data() + i * rank, rank);
      one.storage_offset = static_cast<std::uint64_t>((*offsets)[i]);
      const auto is_negative = [](std::int64_t number) { return number < 0; };
      if (std::any_of(one.shape.begin(), one.shape.end(), is_negative) ||
          std::any_of(one.stride.begin(), one.stride.end(), is_negative) || (*offsets)[i] < 0 ||
          !fits(one.shape, one.stride, one.storage_offset,
                static_cast<std::uint64_t>(buffer.shape.empty() ? 1 : buffer.shape[0])))
        flaw("reaches beyond its storage");
      const std::size_t before = path_.size();
      if (before > 0) path_ += '.';
      path_ += std::to_string(i);
      add_copy(one, path_name());
      path_.resize(before);
    }
  }

  TensorInfo tensor_at(Value value) const {
    if (value.kind() != Kind::tensor || !world_.flaw_of(value.index()).empty())
      throw ValueFlaw(errc::damaged_checkpoint, "a nested tensor is made from no tensors");
    return made_[value.index()];
  }

  // The elements of an int64 tensor whose elements lie in one piece; nothing for another.
  std::optional<std::span<const std::int64_t>> numbers_of(const TensorInfo& tensor) {
    const std::uint64_t count = tensor.numel();
    if (count == 0) return std::span<const std::int64_t>();
    if (tensor.dtype != DType::int64 || !tensor.is_contiguous() || tensor.is_meta ||
        tensor.storage == TensorInfo::kNoStorage || contents_.is_big_endian)
      return std::nullopt;
    const std::span<const std::byte> bytes =
        contents_.storages[first_storage_ + tensor.storage].bytes;
    if (bytes.size() / 8 < tensor.storage_offset + count) return std::nullopt;
    auto* const numbers = contents_.arena.allocate<std::int64_t>(static_cast<std::size_t>(count));
    std::memcpy(numbers, bytes.data() + tensor.storage_offset * 8,
                static_cast<std::size_t>(count) * 8);
    return std::span<const std::int64_t>(numbers, static_cast<std::size_t>(count));
  }

  void tell(std::string_view reason) { tell(path_name(), reason); }

  void tell(std::string_view name, std::string_view reason) {
    if (!is_telling_ || contents_.unread.size() - first_unread_ >= kMostUnread) return;
    contents_.unread.push_back({name, contents_.arena.copy(reason)});
  }

  // Gives the later of two tensors of one name another.
  void tell_apart() {
    auto& tensors = contents_.tensors;
    std::unordered_map<std::string_view, std::size_t> used;
    std::vector<std::size_t> twins;
    for (std::size_t i = first_tensor_; i < tensors.size(); ++i)
      if (!used.emplace(tensors[i].name, 1).second) twins.push_back(i);
    for (const std::size_t i : twins) {
      std::size_t& count = used[tensors[i].name];
      std::string name;
      do {
        name = std::string(tensors[i].name) + " (" + std::to_string(++count) + ')';
      } while (used.contains(name));
      tensors[i].name = contents_.arena.copy(name);
      used.emplace(tensors[i].name, 1);
    }
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

  // As long as the walk meets the tensors in the order in which the pickle made them, each once, the
  // world's table becomes the checkpoint's without a copy.
  void add(std::size_t index, std::string_view name) {
    if (is_lenient_ && !world_.flaw_of(index).empty()) return tell(name, world_.flaw_of(index));
    if (is_in_order_ && index == visited_) {
      count_tensor();
      made_[index].name = name;
      return;
    }
    add_copy(made_[index], name);
  }

  void add_copy(const TensorInfo& tensor, std::string_view name) {
    count_tensor();
    if (is_in_order_) {
      is_in_order_ = false;
      copy_made(visited_ - 1);
    }
    contents_.tensors.emplace_back(tensor).name = name;
  }

  void count_tensor() {
    if (++visited_ > kMaxNames + 8 * made_.size() + nested_)
      throw Error(errc::limit_exceeded, "it holds one tensor in too many places");
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
  const TorchWorld& world_;
  std::vector<TensorInfo>& made_;
  const std::size_t first_storage_;
  const std::size_t first_tensor_;
  const std::size_t first_unread_;
  const bool is_lenient_;
  bool is_in_order_;
  bool may_collide_ = false;
  bool goes_once_ = false;
  bool is_telling_ = true;
  Twins twins_;
  std::string path_;
  std::size_t visited_ = 0;             // tensors
  std::size_t nested_ = 0;              // of those, parts of nested tensors
  std::size_t seen_ = 0;                // containers
  std::size_t repeats_ = 0;             // visits of what was visited before, or is a tuple
  std::uint16_t ring_depth_ = kNoRing;  // of the outermost open container that was met again
  std::unordered_set<const Value*> barren_tuples_;
  std::unordered_set<const void*> closed_;  // that were gone into, where that happens once
};

}  // namespace tensor_table_detail

inline void add_tensors(CheckpointContents& contents, TorchWorld& world, Value root,
                        std::string_view prefix, std::size_t first_storage) {
  tensor_table_detail::Walk(contents, world, first_storage, world.is_lenient()).run(root, prefix);
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
