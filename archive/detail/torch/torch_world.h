#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_WORLD_H_
// What the globals, calls and persistent ids of a torch.save pickle mean, as plain data.
//
// Source: torch/_utils.py (_rebuild_*), torch/_tensor.py (__setstate__), torch/serialization.py
// (persistent_load) and torch/_weights_only_unpickler.py, all of PyTorch 2.13.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/torch/containers.h>
#include <torchhub/archive/detail/torch/dates.h>
#include <torchhub/archive/detail/torch/numpy_values.h>
#include <torchhub/archive/detail/torch/rebuild_tensor.h>
#include <torchhub/archive/detail/torch/storage_table.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_globals.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

/// A global that the pickle named.
struct GlobalUse {
  /// "module.name", or what is refused though its name is not: "a change of collections.Counter itself".
  std::string name;
  std::uint64_t offset = 0;  ///< of the opcode, in bytes from the pickle's start
  bool is_allowed = false;
  std::string flaw = {};  ///< why nobody can tell what a use of an allowed name does; "" for most
};

struct WorldOptions {
  bool is_script = false;                  ///< TorchScript's classes become objects
  bool is_lenient = false;                 ///< so does every other global that is not on the list
  std::vector<GlobalUse>* uses = nullptr;  ///< where to write down every global; null for nowhere
};

/// What the pickles of torch.save since 1.6 mean. Older formats derive worlds whose persistent ids are others.
class TorchWorld {
 public:
  TorchWorld(Arena& arena, const WorldOptions& options)
      : arena_(arena),
        options_(options),
        tensors_(arena, storages_, {options.is_lenient, options.is_script}) {}
  TorchWorld(const TorchWorld&) = delete;
  TorchWorld& operator=(const TorchWorld&) = delete;

  // PickleWorld's.
  Value global(std::string_view module, std::string_view name, std::uint64_t offset);
  Value call(Value callable, Arguments arguments, Calling calling, std::uint64_t offset);
  Value call_with_keywords(Value callable, Arguments arguments, Value keywords,
                           std::uint64_t offset);
  Value persistent(Value id, std::uint64_t offset);
  void build(Value target, Value state, std::uint64_t offset);
  bool takes_items(Value object) const;

  bool is_lenient() const { return options_.is_lenient; }

  /// Makes room for what a checkpoint with so many storages has.
  void expect(std::size_t storages) {
    storages_.expect(storages);
    tensors_.expect(storages);
  }

  /// Throws where something was begun and never given its state; a lenient world finds a flaw in it.
  void finish();

  StorageTable& storage_table() { return storages_; }
  TensorBuilder& tensor_builder() { return tensors_; }

  const std::vector<StorageReference>& storages() const { return storages_.storages(); }
  std::span<const std::byte> bytes_in_pickle(std::size_t storage) const {
    return storages_.bytes_in_pickle(storage);
  }
  std::optional<std::size_t> number_of(std::string_view key) const {
    return storages_.number_of(key);
  }
  std::vector<TensorInfo>& tensors() { return tensors_.tensors(); }
  std::string_view flaw_of(std::size_t tensor) const { return tensors_.flaw_of(tensor); }

 private:
  Value make(Value callable, Arguments arguments, Calling calling, std::uint64_t offset);
  Value make_of_object(Value callable, Arguments arguments, std::uint64_t offset);
  Value make_as_new(Value callable, Arguments arguments, std::uint64_t offset);
  Value make_leniently(GlobalId id, Value callable, Arguments arguments, std::uint64_t offset);
  std::optional<Value> make_object(GlobalId id, Value callable, Arguments arguments,
                                   Calling calling, std::uint64_t offset);
  std::optional<Value> make_plain(GlobalId id, Value callable, Arguments arguments,
                                  std::uint64_t offset);
  std::optional<Value> make_array(GlobalId id, Arguments arguments, std::uint64_t offset);
  bool set_state(Value target, Value state, std::uint64_t offset);
  bool set_array_state(Value array, Value state, std::uint64_t offset);
  void refuse_use(std::string use, std::uint64_t offset);
  void doubt(std::string_view name, std::uint64_t offset, std::string sentence);

  Arena& arena_;
  WorldOptions options_;
  StorageTable storages_;
  TensorBuilder tensors_;
  std::unordered_set<const ArrayInfo*> unbuilt_arrays_;
};
static_assert(PickleWorld<TorchWorld>);

inline Value TorchWorld::global(std::string_view module, std::string_view name,
                                std::uint64_t offset) {
  const std::string full_name = full_name_of(module, name);
  // A dotted name would be walked, attribute by attribute.
  const bool is_plain = name.find('.') == name.npos;
  auto id = is_plain ? find_global(full_name, options_.is_script) : std::nullopt;
  if (options_.uses) options_.uses->push_back({full_name, offset, id.has_value()});
  if (!id && options_.is_lenient)
    id = is_plain ? find_lenient_global(full_name).value_or(GlobalId::unknown) : GlobalId::unknown;
  if (!id) {
    std::string sentence = "the pickle names " + full_name + " at byte " + std::to_string(offset) +
                           ", which is not on the list of what a checkpoint may hold";
    if (const std::string_view advice = advice_on_global(full_name); !advice.empty())
      sentence += "; " + std::string(advice);
    throw Error(errc::refused_global, sentence);
  }
  const bool keeps_arguments =
      *id == GlobalId::unknown || *id == GlobalId::data_object || *id == GlobalId::numpy_dtype;
  return {Value::Kind::named,
          arena_.make<GlobalName>(arena_.copy(full_name), static_cast<int>(*id), keeps_arguments),
          0};
}

// A lenient reader goes on, and whoever asked for the uses learns what a strict one refuses: here an allowed
// name that is used for something else than data.
inline void TorchWorld::refuse_use(std::string use, std::uint64_t offset) {
  if (options_.uses) options_.uses->push_back({std::move(use), offset, false});
}

// The same for an allowed name that is used in a way of which nobody knows what it does.
inline void TorchWorld::doubt(std::string_view name, std::uint64_t offset, std::string sentence) {
  if (options_.uses)
    options_.uses->push_back({std::string(name), offset, true, std::move(sentence)});
}

// Not what is made of a class on the list: APPENDS calls its attribute `extend`, which BUILD may have set.
inline bool TorchWorld::takes_items(Value object) const {
  return options_.is_lenient &&
         find_global(object.string(), options_.is_script) != GlobalId::data_object;
}

inline Value TorchWorld::call(Value callable, Arguments arguments, Calling calling,
                              std::uint64_t offset) {
  if (!options_.is_lenient) {
    // What each tensor of a state dict takes.
    if (callable.kind() == Value::Kind::named && calling == Calling::as_function) {
      const GlobalId id = id_of(callable);
      if (id == GlobalId::rebuild_tensor_v2)
        return tensors_.rebuild_tensor_v2(arguments, std::nullopt, offset);
      if (id == GlobalId::ordered_dict && arguments.empty())
        return {Value::Kind::dict, arena_.make<Mapping>(), 0};
    }
    return make(callable, arguments, calling, offset);
  }
  try {
    return make(callable, arguments, calling, offset);
  } catch (const ValueFlaw& found) {
    // What is well formed, and merely of a kind that is not read here, is data in Python.
    if (found.code() != errc::unsupported_format) doubt(callable.string(), offset, found.what());
    return flawed_value(arena_, callable.string(), arguments, found.what());
  }
}

// torch.save writes it for classes with __getnewargs_ex__, none of which is on the list.
inline Value TorchWorld::call_with_keywords(Value callable, Arguments arguments, Value keywords,
                                            std::uint64_t offset) {
  const bool is_unknown =
      callable.kind() == Value::Kind::named && id_of(callable) == GlobalId::unknown;
  if (!options_.is_lenient || !is_unknown)
    throw_at(
        errc::damaged_pickle, offset,
        "the pickle uses opcode 0x92, which is not read for " + std::string(callable.string()));
  return object_value(arena_, callable.string(), arguments, keywords);
}

inline Value TorchWorld::make_of_object(Value callable, Arguments arguments, std::uint64_t offset) {
  if (!options_.is_lenient)
    throw_at(errc::damaged_pickle, offset, "the pickle calls what cannot be called");
  doubt(callable.string(), offset,
        "the pickle calls an object, of class " + std::string(callable.string()) + " (byte " +
            std::to_string(offset) + ")");
  // What was called stands before what it was called with.
  auto* const all = arena_.allocate<Value>(arguments.size() + 1);
  new (&all[0]) Value(callable);
  std::copy(arguments.begin(), arguments.end(), all + 1);
  return object_value(arena_, callable.string(), {all, arguments.size() + 1});
}

inline Value TorchWorld::make(Value callable, Arguments arguments, Calling calling,
                              std::uint64_t offset) {
  if (callable.kind() == Value::Kind::object) return make_of_object(callable, arguments, offset);
  const GlobalId id = id_of(callable);
  if (calling == Calling::as_new && id != GlobalId::unknown)
    return make_as_new(callable, arguments, offset);
  std::optional<Value> made;
  switch (id) {
    case GlobalId::rebuild_tensor:
    case GlobalId::rebuild_tensor_v2:
    case GlobalId::rebuild_tensor_v3:
    case GlobalId::rebuild_parameter:
    case GlobalId::rebuild_parameter_with_state:
    case GlobalId::rebuild_from_type:
    case GlobalId::rebuild_sparse_tensor:
    case GlobalId::rebuild_qtensor:
    case GlobalId::rebuild_meta_tensor:
    case GlobalId::rebuild_nested_tensor:
    case GlobalId::rebuild_jagged_tensor:
    case GlobalId::rebuild_wrapper_subclass:
    case GlobalId::rebuild_device_tensor_from_cpu_tensor:
    case GlobalId::rebuild_device_tensor_from_numpy:
    case GlobalId::parameter:
    case GlobalId::tensor_type:
      return rebuild(tensors_, callable, arguments, offset);
    case GlobalId::reconstructor:
    case GlobalId::new_object:
    case GlobalId::new_object_ex:
      return make_leniently(id, callable, arguments, offset);
    case GlobalId::unknown:
    case GlobalId::inert:
    case GlobalId::data_object:
    case GlobalId::numpy_dtype:
      made = make_object(id, callable, arguments, calling, offset);
      break;
    case GlobalId::numpy_scalar:
    case GlobalId::numpy_reconstruct:
    case GlobalId::numpy_frombuffer:
      made = make_array(id, arguments, offset);
      break;
    default:
      made = make_plain(id, callable, arguments, offset);
  }
  if (!made) throw ValueFlaw(errc::damaged_checkpoint, call_flaw(callable, offset));
  return *made;
}

// What becomes an object, told by its class.
inline std::optional<Value> TorchWorld::make_object(GlobalId id, Value callable,
                                                    Arguments arguments, Calling calling,
                                                    std::uint64_t offset) {
  switch (id) {
    case GlobalId::unknown: {
      const Value made = object_value(arena_, callable.string(), arguments);
      if (calling == Calling::as_function) made.pointer<Object>()->role = ObjectRole::called;
      return made;
    }
    case GlobalId::inert:
      if (!options_.is_lenient) return std::nullopt;
      doubt(callable.string(), offset, call_flaw(callable, offset));
      return object_value(arena_, callable.string(), kept(arena_, arguments));
    case GlobalId::data_object:
      // Of torch's, pickles call __new__ alone; a DeviceMesh that is called starts torch.distributed.
      if (calling == Calling::as_function && callable.string().starts_with("torch.")) {
        if (!options_.is_lenient) return std::nullopt;
        refuse_use("a call of " + std::string(callable.string()), offset);
      }
      return object_value(arena_, callable.string(), arguments);
    default:
      return object_value(arena_, callable.string(), arguments);
  }
}

// A value of Python's or torch's that is no tensor.
inline std::optional<Value> TorchWorld::make_plain(GlobalId id, Value callable, Arguments arguments,
                                                   std::uint64_t offset) {
  switch (id) {
    case GlobalId::ordered_dict:
    case GlobalId::counter:
      return mapping_of(arena_, arguments, id == GlobalId::ordered_dict, offset);
    case GlobalId::default_dict:
      if (arguments.empty()) return mapping_of(arena_, arguments, false, offset);
      // Its factory is told, and never called.
      if (arguments[0].kind() != Value::Kind::none && arguments[0].kind() != Value::Kind::named &&
          !options_.is_lenient)
        return std::nullopt;
      return mapping_of(arena_, arguments.subspan(1), true, offset);
    case GlobalId::deque:
      return deque_of(arena_, arguments, offset);
    case GlobalId::size:
      return size_of(arena_, arguments);
    case GlobalId::device:
      return device_of(arena_, arguments, offset);
    case GlobalId::get_layout:
      if (arguments.size() != 1 || !is_text(arguments[0])) return std::nullopt;
      return named_value(arena_, arguments[0].string());
    case GlobalId::codecs_encode:
      return encoded_bytes(arena_, arguments, offset);
    case GlobalId::set: {
      const Value made = set_of(arena_, arguments, offset);
      if (callable.string() == "builtins.frozenset") made.pointer<Sequence>()->most = 0;
      return made;
    }
    case GlobalId::bytes:
      if (!arguments.empty()) return std::nullopt;
      return Value(Value::Kind::bytes, 0);
    case GlobalId::bytearray:
      return byte_array_of(arena_, arguments, offset);
    case GlobalId::complex:
      return complex_of(arena_, arguments);
    case GlobalId::torch_version:
    case GlobalId::path:
    case GlobalId::windows_path:
    case GlobalId::date:
    case GlobalId::datetime:
    case GlobalId::time:
    case GlobalId::timezone:
      return text_of_plain_data(arena_, id, arguments, options_.is_lenient, offset);
    case GlobalId::script_list:
      if (arguments.size() != 1 || arguments[0].kind() != Value::Kind::list) return std::nullopt;
      return arguments[0];
    case GlobalId::script_restore_type_tag:
      if (arguments.size() != 2) return std::nullopt;
      return arguments[0];
    default:
      return std::nullopt;
  }
}

inline std::optional<Value> TorchWorld::make_array(GlobalId id, Arguments arguments,
                                                   std::uint64_t offset) {
  if (id == GlobalId::numpy_scalar) {
    if (const auto scalar = numpy_scalar(arguments, arena_)) return *scalar;
    throw_flaw(offset, "a numpy scalar is of no type that is read", errc::unsupported_format);
  }
  if (id == GlobalId::numpy_reconstruct) {
    if (arguments.size() != 3 || arguments[0].kind() != Value::Kind::named) return std::nullopt;
    // Of a subclass: its state tells what it is, and stays where it is.
    if (arguments[0].string() != "numpy.ndarray") {
      if (options_.is_lenient) return object_value(arena_, arguments[0].string(), {});
      return std::nullopt;
    }
    auto* const array = arena_.make<ArrayInfo>();
    unbuilt_arrays_.insert(array);
    return Value(Value::Kind::array, array, 0);
  }
  if (arguments.size() != 4 || !is_text(arguments[3])) return std::nullopt;
  auto* const array = arena_.make<ArrayInfo>();
  if (!fill_array(*array, arguments[2], arguments[1], arguments[3].string() == "F", arguments[0],
                  arena_))
    throw_flaw(offset, "a numpy array is of no type that is read", errc::unsupported_format);
  return Value(Value::Kind::array, array, 0);
}

// __new__ alone makes containers that are empty, whatever it is given; functions have none.
inline Value TorchWorld::make_as_new(Value callable, Arguments arguments, std::uint64_t offset) {
  switch (id_of(callable)) {
    case GlobalId::data_object:
      return object_value(arena_, callable.string(), arguments);
    case GlobalId::complex:
    case GlobalId::device:
    case GlobalId::numpy_dtype:
    case GlobalId::parameter:
    case GlobalId::size:
    case GlobalId::tensor_type:
    case GlobalId::torch_version:
      return make(callable, arguments, Calling::as_function, offset);
    case GlobalId::bytearray:
    case GlobalId::bytes:
    case GlobalId::counter:
    case GlobalId::default_dict:
    case GlobalId::deque:
    case GlobalId::ordered_dict:
    case GlobalId::set:
      if (!arguments.empty()) break;
      return make(callable, arguments, Calling::as_function, offset);
    default:
      break;
  }
  throw_flaw(offset, "the pickle makes a new " + std::string(callable.string()) +
                         " in a way that it does not take");
}

// What copyreg makes for protocols that have no opcode for it: (class, base, what the base was made
// of), (class, arguments...), (class, arguments, keywords).
inline Value TorchWorld::make_leniently(GlobalId id, Value callable, Arguments arguments,
                                        std::uint64_t offset) {
  if (arguments.empty() || arguments[0].kind() != Value::Kind::named)
    throw_flaw(offset, "the pickle calls " + std::string(callable.string()) + " without a class");
  const std::string_view name = arguments[0].string();
  if (id == GlobalId::new_object)
    return object_value(arena_, name, kept(arena_, arguments.subspan(1)));
  if (id == GlobalId::new_object_ex) {
    const bool has_arguments = arguments.size() > 1 && arguments[1].kind() == Value::Kind::tuple;
    return object_value(arena_, name, has_arguments ? arguments[1].items() : Arguments(),
                        arguments.size() > 2 ? arguments[2] : Value());
  }
  const Value made = object_value(arena_, name, {});
  if (arguments.size() != 3) return made;
  if (arguments[2].kind() == Value::Kind::list) {
    made.pointer<Object>()->appended = arguments[2].pointer<Sequence>();
  } else if (arguments[2].kind() == Value::Kind::dict) {
    made.pointer<Object>()->mapped = arguments[2].pointer<Mapping>();
  } else if (arguments[2].kind() != Value::Kind::none) {
    made.pointer<Object>()->arguments = kept(arena_, arguments.subspan(2));
  }
  return made;
}

// ('storage', type, key, location, numel)
inline Value TorchWorld::persistent(Value id, std::uint64_t offset) {
  const Arguments parts = tuple_items(id);
  const bool well_formed =
      parts.size() == 5 && is_text(parts[0]) && parts[0].string() == "storage" &&
      parts[1].kind() == Value::Kind::named && is_text(parts[2]) && is_text(parts[3]);
  const auto type = well_formed ? storages_.type_of(parts[1]) : std::nullopt;
  if (!type && options_.is_lenient)
    return flawed_value(
        arena_, "a persistent id", kept(arena_, parts),
        "a persistent id is not that of a storage (byte " + std::to_string(offset) + ')');
  const auto numel = type ? as_count(parts[4]) : std::nullopt;
  const auto bytes =
      numel ? product(*numel, type->dtype ? item_bytes(*type->dtype) : 1) : std::nullopt;
  if (!bytes && is_text(id))
    throw_at(errc::unsupported_format, offset,
             "a persistent id is a text, as pickle protocol 0 has it, which names no storage");
  if (!bytes) throw_damaged(offset, "a persistent id is not that of a storage");
  StorageReference storage;
  storage.key = parts[2].string();
  storage.location = parts[3].string();
  storage.dtype = type->dtype;
  storage.bytes = *bytes;
  return storages_.add_view({storages_.number(storage, offset), 0, *bytes});
}

inline bool TorchWorld::set_array_state(Value array, Value state, std::uint64_t offset) {
  const auto unbuilt = unbuilt_arrays_.find(array.pointer<const ArrayInfo>());
  Arguments parts = tuple_items(state);
  if (unbuilt == unbuilt_arrays_.end() || (parts.size() != 5 && parts.size() != 4)) return false;
  if (parts.size() == 5) parts = parts.subspan(1);  // the version
  const bool is_fortran =
      (parts[2].kind() == Value::Kind::boolean || parts[2].kind() == Value::Kind::integer) &&
      parts[2].boolean();
  if (!fill_array(*array.pointer<ArrayInfo>(), parts[0], parts[1], is_fortran, parts[3], arena_))
    throw_at(errc::unsupported_format, offset, "a numpy array is of no type that is read");
  unbuilt_arrays_.erase(unbuilt);
  return true;
}

// False for what has no state, or has it already.
inline bool TorchWorld::set_state(Value target, Value state, std::uint64_t offset) {
  switch (target.kind()) {
    case Value::Kind::dict: {
      // An OrderedDict's attributes, such as the _metadata of a state dict: Python's own, not the
      // weights'.
      Mapping& mapping = *target.pointer<Mapping>();
      if (state.kind() != Value::Kind::dict || mapping.is_built) return false;
      mapping.is_built = true;
      return true;
    }
    case Value::Kind::object: {
      Object& made = *target.pointer<Object>();
      if (made.is_built) return false;
      made.is_built = true;
      made.state = state;
      return true;
    }
    case Value::Kind::array:
      return set_array_state(target, state, offset);
    case Value::Kind::tensor:
      return tensors_.set_state(target.index(), state, offset);
    default:
      return false;
  }
}

inline void TorchWorld::build(Value target, Value state, std::uint64_t offset) {
  if (set_state(target, state, offset)) return;
  const std::string sentence = "the pickle sets the state of what has none, or has it already";
  if (!options_.is_lenient) throw_damaged(offset, sentence);
  // Of a class or a function it is everybody's from then on. What else Python's objects may be given is
  // their own.
  if (target.kind() == Value::Kind::named)
    return refuse_use("a change of " + std::string(target.string()) + " itself", offset);
  if (target.kind() != Value::Kind::object)
    doubt("", offset, sentence + " (byte " + std::to_string(offset) + ")");
}

inline void TorchWorld::finish() {
  if (!tensors_.has_unbuilt() && unbuilt_arrays_.empty()) return;
  constexpr std::string_view kSentence =
      "the pickle begins a parameter or an array and never says what it is";
  if (!options_.is_lenient) throw_damaged(std::string(kSentence));
  tensors_.mark_unbuilt(kSentence);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_WORLD_H_
