#include <torchhub/archive/detail/bytes_value.h>
#include <torchhub/archive/detail/numpy_values.h>
#include <torchhub/archive/detail/pickle_error.h>
#include <torchhub/archive/detail/plain_data.h>
#include <torchhub/archive/detail/tensor_geometry.h>
#include <torchhub/archive/detail/torch_world.h>

#include <algorithm>
#include <bit>
#include <complex>

namespace torchhub::archive::detail {
namespace {

using Kind = Value::Kind;

[[noreturn]] void damaged(std::uint64_t offset, std::string what) {
  throw_at(errc::damaged_checkpoint, offset, std::move(what));
}

[[noreturn]] void flaw(std::uint64_t offset, std::string what,
                       errc code = errc::damaged_checkpoint) {
  throw ValueFlaw(code, std::move(what) + " (byte " + std::to_string(offset) + ")");
}

std::string call_flaw(Value callable, std::uint64_t offset) {
  return "the pickle calls " + std::string(callable.string()) +
         " with arguments that it does not take (byte " + std::to_string(offset) + ")";
}

bool is_text(Value value) { return value.kind() == Kind::string; }

std::optional<std::uint64_t> as_count(Value value) {
  if (value.kind() != Kind::integer || value.integer() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value.integer());
}

GlobalId id_of(Value callable) { return static_cast<GlobalId>(callable.pointer<GlobalName>()->id); }

// A number as std::to_string writes it.
std::optional<std::size_t> as_plain_number(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::size_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

std::optional<double> as_number(Value value) {
  if (value.kind() == Kind::real) return value.real();
  if (value.kind() == Kind::integer) return static_cast<double>(value.integer());
  return std::nullopt;
}

}  // namespace

Value TorchWorld::global(std::string_view module, std::string_view name, std::uint64_t offset) {
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
  return {Kind::named,
          arena_.make<GlobalName>(arena_.copy(full_name), static_cast<int>(*id), keeps_arguments),
          0};
}

Value TorchWorld::named(std::string_view text) {
  return {Kind::named,
          arena_.make<GlobalName>(arena_.copy(text), static_cast<int>(GlobalId::inert)), 0};
}

Value TorchWorld::object(std::string_view class_name, Arguments arguments) {
  auto* const made = arena_.make<Object>();
  made->class_name = class_name;
  made->arguments = arguments;
  return {Kind::object, made, 0};
}

// A lenient reader goes on, and whoever asked for the uses learns what a strict one refuses: an allowed name
// that is used for something else than data,
void TorchWorld::refuse_use(std::string use, std::uint64_t offset) {
  if (options_.uses) options_.uses->push_back({std::move(use), offset, false});
}

// or in a way of which nobody knows what it does.
void TorchWorld::doubt(std::string_view name, std::uint64_t offset, std::string sentence) {
  if (options_.uses)
    options_.uses->push_back({std::string(name), offset, true, std::move(sentence)});
}

// Not what is made of a class on the list: APPENDS calls its attribute `extend`, which BUILD may have set.
bool TorchWorld::takes_items(Value object) const {
  return options_.is_lenient &&
         find_global(object.string(), options_.is_script) != GlobalId::data_object;
}

Value TorchWorld::text(std::string_view text) {
  const std::string_view kept = arena_.copy(text);
  return {Kind::string, kept.data(), kept.size()};
}

TorchWorld::Arguments TorchWorld::kept(Arguments arguments) {
  auto* const copied = arena_.allocate<Value>(arguments.size());
  std::copy(arguments.begin(), arguments.end(), copied);
  return {copied, arguments.size()};
}

Value TorchWorld::flawed(std::string_view class_name, Arguments arguments,
                         std::string_view sentence) {
  const Value made = object(class_name, kept(arguments));
  made.pointer<Object>()->flaw = arena_.copy(sentence);
  return made;
}

Value TorchWorld::call(Value callable, Arguments arguments, Calling calling, std::uint64_t offset) {
  if (!options_.is_lenient) {
    // What each tensor of a state dict takes.
    if (callable.kind() == Kind::named && calling == Calling::as_function) {
      const GlobalId id = id_of(callable);
      if (id == GlobalId::rebuild_tensor_v2)
        return rebuild_tensor_v2(arguments, std::nullopt, offset);
      if (id == GlobalId::ordered_dict && arguments.empty())
        return {Kind::dict, arena_.make<Mapping>(), 0};
    }
    return make(callable, arguments, calling, offset);
  }
  try {
    return make(callable, arguments, calling, offset);
  } catch (const ValueFlaw& found) {
    // What is well formed, and merely of a kind that is not read here, is data in Python.
    if (found.code() != errc::unsupported_format) doubt(callable.string(), offset, found.what());
    return flawed(callable.string(), arguments, found.what());
  }
}

// torch.save writes it for classes with __getnewargs_ex__, none of which is on the list.
Value TorchWorld::call_with_keywords(Value callable, Arguments arguments, Value keywords,
                                     std::uint64_t offset) {
  const bool is_unknown = callable.kind() == Kind::named && id_of(callable) == GlobalId::unknown;
  if (!options_.is_lenient || !is_unknown)
    throw_at(
        errc::damaged_pickle, offset,
        "the pickle uses opcode 0x92, which is not read for " + std::string(callable.string()));
  return object_of(callable.string(), arguments, keywords);
}

// With its keywords, if there are any, behind its arguments.
Value TorchWorld::object_of(std::string_view class_name, Arguments arguments, Value keywords) {
  if (keywords.kind() != Kind::dict || keywords.entries().empty())
    return object(class_name, kept(arguments));
  auto* const all = arena_.allocate<Value>(arguments.size() + 1);
  std::copy(arguments.begin(), arguments.end(), all);
  new (&all[arguments.size()]) Value(keywords);
  return object(class_name, {all, arguments.size() + 1});
}

Value TorchWorld::make(Value callable, Arguments arguments, Calling calling, std::uint64_t offset) {
  if (callable.kind() == Kind::object) {
    if (!options_.is_lenient)
      throw_at(errc::damaged_pickle, offset, "the pickle calls what cannot be called");
    doubt(callable.string(), offset,
          "the pickle calls an object, of class " + std::string(callable.string()) + " (byte " +
              std::to_string(offset) + ")");
    // What was called stands before what it was called with.
    auto* const all = arena_.allocate<Value>(arguments.size() + 1);
    new (&all[0]) Value(callable);
    std::copy(arguments.begin(), arguments.end(), all + 1);
    return object(callable.string(), {all, arguments.size() + 1});
  }
  const GlobalId id = id_of(callable);
  if (calling == Calling::as_new && id != GlobalId::unknown)
    return make_as_new(callable, arguments, offset);
  switch (id) {
    case GlobalId::unknown: {
      const Value made = object(callable.string(), arguments);
      if (calling == Calling::as_function) made.pointer<Object>()->role = ObjectRole::called;
      return made;
    }
    case GlobalId::reconstructor:
    case GlobalId::new_object:
    case GlobalId::new_object_ex:
      return make_leniently(id, callable, arguments, offset);
    case GlobalId::inert:
      if (!options_.is_lenient) break;
      doubt(callable.string(), offset, call_flaw(callable, offset));
      return object(callable.string(), kept(arguments));
    case GlobalId::data_object:
      // Of torch's, pickles call __new__ alone; a DeviceMesh that is called starts torch.distributed.
      if (calling == Calling::as_function && callable.string().starts_with("torch.")) {
        if (!options_.is_lenient) break;
        refuse_use("a call of " + std::string(callable.string()), offset);
      }
      return object(callable.string(), arguments);
    case GlobalId::numpy_dtype:
      return object(callable.string(), arguments);
    case GlobalId::ordered_dict:
    case GlobalId::counter:
      return mapping(arguments, id == GlobalId::ordered_dict, offset);
    case GlobalId::default_dict:
      if (arguments.empty()) return mapping(arguments, false, offset);
      // Its factory is told, and never called.
      if (arguments[0].kind() != Kind::none && arguments[0].kind() != Kind::named &&
          !options_.is_lenient)
        break;
      return mapping(arguments.subspan(1), true, offset);
    case GlobalId::deque:
      return deque(arguments, offset);
    case GlobalId::rebuild_tensor:
      return rebuild_tensor(arguments, std::nullopt, offset);
    case GlobalId::rebuild_tensor_v2:
      return rebuild_tensor_v2(arguments, std::nullopt, offset);
    case GlobalId::rebuild_tensor_v3:
      return rebuild_tensor_v3(arguments, offset);
    case GlobalId::rebuild_parameter:
    case GlobalId::rebuild_parameter_with_state:
      return rebuild_parameter(arguments, offset);
    case GlobalId::rebuild_from_type:
      return rebuild_from_type(arguments, offset);
    case GlobalId::rebuild_sparse_tensor:
      return rebuild_sparse_tensor(arguments, offset);
    case GlobalId::rebuild_qtensor:
      return rebuild_qtensor(arguments, offset);
    case GlobalId::rebuild_meta_tensor:
      return rebuild_meta_tensor(arguments, offset);
    case GlobalId::rebuild_nested_tensor:
      return rebuild_nested_tensor(arguments, offset);
    case GlobalId::rebuild_jagged_tensor:
      return rebuild_jagged_tensor(arguments, offset);
    case GlobalId::rebuild_wrapper_subclass:
      flaw(offset, "a tensor of a type of its own has no tensors inside", errc::unsupported_format);
    case GlobalId::rebuild_device_tensor_from_cpu_tensor:
      return rebuild_device_tensor(arguments, offset);
    case GlobalId::rebuild_device_tensor_from_numpy:
      return rebuild_from_numpy(arguments, offset);
    case GlobalId::parameter:
      return parameter(arguments, offset);
    case GlobalId::tensor_type:
      if (!arguments.empty()) break;
      unbuilt_tensors_.insert(tensors_.size());
      tensor_types_.emplace(tensors_.size(), *tensor_type(callable.string()));
      return add_tensor(TensorInfo());
    case GlobalId::size:
      if (arguments.empty()) return {Kind::tuple, 0};
      if (arguments.size() == 1 && arguments[0].kind() == Kind::list) {
        const Arguments sizes = kept(arguments[0].items());
        return {Kind::tuple, sizes.data(), sizes.size()};
      }
      if (arguments.size() != 1 || arguments[0].kind() != Kind::tuple) break;
      return arguments[0];
    case GlobalId::device:
      return device(arguments, offset);
    case GlobalId::get_layout:
      if (arguments.size() != 1 || !is_text(arguments[0])) break;
      return named(arguments[0].string());
    case GlobalId::codecs_encode:
      return encoded(arguments, offset);
    case GlobalId::set: {
      const Value made = set_of(arguments, offset);
      if (callable.string() == "builtins.frozenset") made.pointer<Sequence>()->most = 0;
      return made;
    }
    case GlobalId::bytes:
      if (!arguments.empty()) break;
      return {Kind::bytes, 0};
    case GlobalId::bytearray:
      return byte_array(arguments, offset);
    case GlobalId::complex: {
      if (arguments.size() != 2) break;
      const auto real = as_number(arguments[0]);
      const auto imaginary = as_number(arguments[1]);
      if (!real || !imaginary) break;
      return {Kind::complex, arena_.make<std::complex<double>>(*real, *imaginary), 0};
    }
    case GlobalId::torch_version:
    case GlobalId::path:
    case GlobalId::windows_path:
    case GlobalId::date:
    case GlobalId::datetime:
    case GlobalId::time:
    case GlobalId::timezone:
      return plain_data(id, arguments, offset);
    case GlobalId::numpy_scalar:
      if (const auto scalar = numpy_scalar(arguments, arena_)) return *scalar;
      flaw(offset, "a numpy scalar is of no type that is read", errc::unsupported_format);
    case GlobalId::numpy_reconstruct: {
      if (arguments.size() != 3 || arguments[0].kind() != Kind::named) break;
      // Of a subclass: its state tells what it is, and stays where it is.
      if (arguments[0].string() != "numpy.ndarray") {
        if (options_.is_lenient) return object(arguments[0].string(), {});
        break;
      }
      auto* const array = arena_.make<ArrayInfo>();
      unbuilt_arrays_.insert(array);
      return {Kind::array, array, 0};
    }
    case GlobalId::numpy_frombuffer: {
      if (arguments.size() != 4 || !is_text(arguments[3])) break;
      auto* const array = arena_.make<ArrayInfo>();
      if (!fill_array(*array, arguments[2], arguments[1], arguments[3].string() == "F",
                      arguments[0], arena_))
        flaw(offset, "a numpy array is of no type that is read", errc::unsupported_format);
      return {Kind::array, array, 0};
    }
    case GlobalId::script_list:
      if (arguments.size() != 1 || arguments[0].kind() != Kind::list) break;
      return arguments[0];
    case GlobalId::script_restore_type_tag:
      if (arguments.size() != 2) break;
      return arguments[0];
  }
  throw ValueFlaw(errc::damaged_checkpoint, call_flaw(callable, offset));
}

// __new__ alone makes containers that are empty, whatever it is given; functions have none.
Value TorchWorld::make_as_new(Value callable, Arguments arguments, std::uint64_t offset) {
  switch (id_of(callable)) {
    case GlobalId::data_object:
      return object(callable.string(), arguments);
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
  flaw(offset, "the pickle makes a new " + std::string(callable.string()) +
                   " in a way that it does not take");
}

// What copyreg makes for protocols that have no opcode for it: (class, base, what the base was made
// of), (class, arguments...), (class, arguments, keywords).
Value TorchWorld::make_leniently(GlobalId id, Value callable, Arguments arguments,
                                 std::uint64_t offset) {
  if (arguments.empty() || arguments[0].kind() != Kind::named)
    flaw(offset, "the pickle calls " + std::string(callable.string()) + " without a class");
  const std::string_view name = arguments[0].string();
  if (id == GlobalId::new_object) return object(name, kept(arguments.subspan(1)));
  if (id == GlobalId::new_object_ex) {
    const bool has_arguments = arguments.size() > 1 && arguments[1].kind() == Kind::tuple;
    return object_of(name, has_arguments ? arguments[1].items() : Arguments(),
                     arguments.size() > 2 ? arguments[2] : Value());
  }
  const Value made = object(name, {});
  if (arguments.size() != 3) return made;
  if (arguments[2].kind() == Kind::list) {
    made.pointer<Object>()->appended = arguments[2].pointer<Sequence>();
  } else if (arguments[2].kind() == Kind::dict) {
    made.pointer<Object>()->mapped = arguments[2].pointer<Mapping>();
  } else if (arguments[2].kind() != Kind::none) {
    made.pointer<Object>()->arguments = kept(arguments.subspan(2));
  }
  return made;
}

// Dates, paths and versions, as texts.
Value TorchWorld::plain_data(GlobalId id, Arguments arguments, std::uint64_t offset) {
  const auto refuse = [&](const char* what) {
    flaw(offset, std::string("the pickle holds a ") + what + " that is none");
  };
  if (id == GlobalId::torch_version) {
    if (arguments.size() != 1 || !is_text(arguments[0])) refuse("version");
    return arguments[0];
  }
  if (id == GlobalId::path || id == GlobalId::windows_path) {
    std::vector<std::string_view> parts;
    for (const Value part : arguments) {
      if (!is_text(part)) refuse("path");
      parts.push_back(part.string());
    }
    return text(path_text(parts, id == GlobalId::path ? '/' : '\\'));
  }
  if (id == GlobalId::timezone) {
    const bool has_delta =
        !arguments.empty() && arguments.size() <= 2 && arguments[0].kind() == Kind::object &&
        arguments[0].string() == "datetime.timedelta" && arguments[0].items().size() == 3;
    std::array<std::int64_t, 3> delta{};
    for (std::size_t i = 0; i < delta.size(); ++i) {
      if (!has_delta || arguments[0].items()[i].kind() != Kind::integer) refuse("time zone");
      delta[i] = arguments[0].items()[i].integer();
    }
    const auto offset_of_zone = offset_text(delta[0], delta[1], delta[2]);
    if (!offset_of_zone) refuse("time zone");
    return text(*offset_of_zone);
  }
  const bool has_zone = id != GlobalId::date && arguments.size() == 2;
  const auto bytes = arguments.size() == 1 || has_zone ? bytes_of(arguments[0], arena_)
                                                       : std::optional<std::string_view>();
  const auto made = !bytes                     ? std::optional<std::string>()
                    : id == GlobalId::date     ? date_text(*bytes)
                    : id == GlobalId::datetime ? datetime_text(*bytes)
                                               : time_text(*bytes);
  if (!made) refuse(id == GlobalId::date ? "date" : "time");
  if (!has_zone) return text(*made);
  if (is_text(arguments[1])) return text(*made + std::string(arguments[1].string()));
  // A zone of a class of its own is told as an object, with the time beside it.
  if (!options_.is_lenient || arguments[1].kind() != Kind::object) refuse("time");
  return text(*made + '[' + std::string(arguments[1].string()) + ']');
}

// (), ({...},), or of an OrderedDict ([[key, value], ...],), as Python 2 writes it.
Value TorchWorld::mapping(Arguments arguments, bool takes_pairs, std::uint64_t offset) {
  auto* const made = arena_.make<Mapping>();
  const Value result(Kind::dict, made, 0);
  if (arguments.empty()) return result;
  if (arguments.size() == 1 && arguments[0].kind() == Kind::dict) {
    const auto entries = arguments[0].entries();
    made->entries = arena_.allocate<std::pair<Value, Value>>(entries.size());
    made->size = made->capacity = static_cast<std::uint32_t>(entries.size());
    std::copy(entries.begin(), entries.end(), made->entries);
    return result;
  }
  const bool is_list = arguments.size() == 1 &&
                       (arguments[0].kind() == Kind::list || arguments[0].kind() == Kind::tuple);
  if (!takes_pairs || !is_list) flaw(offset, "a dict is built from what is no dict");
  const auto pairs = arguments[0].items();
  made->entries = arena_.allocate<std::pair<Value, Value>>(pairs.size());
  made->capacity = static_cast<std::uint32_t>(pairs.size());
  for (const Value pair : pairs) {
    const bool is_sequence = pair.kind() == Kind::list || pair.kind() == Kind::tuple;
    if (!is_sequence || pair.items().size() != 2 || pair.items()[0].kind() > Kind::bytes)
      flaw(offset, "an OrderedDict is built from what is no list of pairs");
    made->entries[made->size++] = {pair.items()[0], pair.items()[1]};
  }
  return result;
}

// (), (items,) or (items, maxlen); what it holds comes by APPENDS.
Value TorchWorld::deque(Arguments arguments, std::uint64_t offset) {
  auto* const made = arena_.make<Sequence>();
  const bool is_limited = arguments.size() == 2 && arguments[1].kind() != Kind::none;
  const auto most = is_limited ? as_count(arguments[1]) : std::nullopt;
  const bool well_formed = arguments.size() <= 2 && (!is_limited || most) &&
                           (arguments.empty() || arguments[0].kind() == Kind::list ||
                            arguments[0].kind() == Kind::tuple);
  if (!well_formed) flaw(offset, "a deque is built from what is no list");
  if (most && *most < Sequence::kNoLimit) made->most = static_cast<std::uint32_t>(*most);
  if (!arguments.empty()) {
    const Arguments items = arguments[0].items();
    if (items.size() > made->most) flaw(offset, "a deque holds more than it may");
    made->items = arena_.allocate<Value>(items.size());
    made->size = made->capacity = static_cast<std::uint32_t>(items.size());
    std::copy(items.begin(), items.end(), made->items);
  }
  return {Kind::list, made, 0};
}

// Python 3 writes bytes for Python 2 as a str of their code points, and 'latin1'.
Value TorchWorld::encoded(Arguments arguments, std::uint64_t offset) {
  const bool well_formed =
      arguments.size() == 2 && is_text(arguments[0]) && is_text(arguments[1]) &&
      (arguments[1].string() == "latin1" || arguments[1].string() == "latin-1");
  if (!well_formed) flaw(offset, "_codecs.encode is called for another encoding than latin1");
  const auto bytes = latin1_bytes(arguments[0].string(), arena_);
  if (!bytes) flaw(offset, "bytes are given as a text that is not Latin-1");
  return {Kind::bytes, bytes->data(), bytes->size()};
}

Value TorchWorld::byte_array(Arguments arguments, std::uint64_t offset) {
  if (arguments.empty()) return {Kind::bytes, 0};
  const auto bytes =
      arguments.size() == 1 ? bytes_of(arguments[0], arena_) : std::optional<std::string_view>();
  if (bytes) return {Kind::bytes, bytes->data(), bytes->size()};
  return encoded(arguments, offset);
}

Value TorchWorld::set_of(Arguments arguments, std::uint64_t offset) {
  auto* const made = arena_.make<Sequence>();
  if (arguments.size() == 1 &&
      (arguments[0].kind() == Kind::list || arguments[0].kind() == Kind::tuple)) {
    const auto items = arguments[0].items();
    made->items = arena_.allocate<Value>(items.size());
    made->size = made->capacity = static_cast<std::uint32_t>(items.size());
    std::copy(items.begin(), items.end(), made->items);
  } else if (!arguments.empty()) {
    flaw(offset, "a set is built from what is no list");
  }
  return {Kind::set, made, 0};
}

Value TorchWorld::device(Arguments arguments, std::uint64_t offset) {
  if (arguments.empty() || arguments.size() > 2 || !is_text(arguments[0]))
    flaw(offset, "a device is named by no text");
  std::string text(arguments[0].string());
  if (arguments.size() == 2 && as_count(arguments[1]))
    text += ':' + std::to_string(arguments[1].integer());
  return named(text);
}

void TorchWorld::expect(std::size_t storages) {
  storages_.reserve(storages);
  views_.reserve(storages);
  tensors_.reserve(storages);
}

std::optional<std::size_t> TorchWorld::number_of(std::string_view key) const {
  if (keys_are_dense_) {
    const auto number = as_plain_number(key);
    return number && *number < storages_.size() ? number : std::nullopt;
  }
  const auto number = storage_of_key_.find(key);
  return number ? std::optional<std::size_t>(*number) : std::nullopt;
}

std::size_t TorchWorld::storage_number(const StorageReference& storage, std::uint64_t offset) {
  const std::optional<std::size_t> known = number_of(storage.key);
  if (known) {
    const StorageReference& before = storages_[*known];
    if (before.dtype != storage.dtype || before.bytes != storage.bytes ||
        before.location != storage.location)
      damaged(offset, "the storage '" + std::string(storage.key) + "' is described in two ways");
    return *known;
  }
  const std::size_t number = storages_.size();
  if (keys_are_dense_ && as_plain_number(storage.key) != number) {
    keys_are_dense_ = false;
    for (std::size_t i = 0; i < number; ++i)
      storage_of_key_.insert(storages_[i].key, static_cast<std::uint32_t>(i));
  }
  if (!keys_are_dense_) storage_of_key_.insert(storage.key, static_cast<std::uint32_t>(number));
  storages_.push_back(storage);
  return number;
}

Value TorchWorld::add_view(const StorageView& view) {
  views_.push_back(view);
  return {Kind::storage, views_.size() - 1};
}

// One type is named again and again.
std::optional<StorageType> TorchWorld::storage_type_of(Value type) {
  if (last_type_name_ != type.pointer<const GlobalName>()) {
    last_type_name_ = type.pointer<const GlobalName>();
    last_type_ = storage_type(type.string());
  }
  return last_type_;
}

// ('storage', type, key, location, numel)
Value TorchWorld::persistent(Value id, std::uint64_t offset) {
  const auto parts = id.kind() == Kind::tuple ? id.items() : std::span<const Value>();
  const bool well_formed = parts.size() == 5 && is_text(parts[0]) &&
                           parts[0].string() == "storage" && parts[1].kind() == Kind::named &&
                           is_text(parts[2]) && is_text(parts[3]);
  const auto type = well_formed ? storage_type_of(parts[1]) : std::nullopt;
  if (!type && options_.is_lenient)
    return flawed("a persistent id", kept(parts),
                  "a persistent id is not that of a storage (byte " + std::to_string(offset) + ')');
  const auto numel = type ? as_count(parts[4]) : std::nullopt;
  const auto bytes =
      numel ? product(*numel, type->dtype ? item_bytes(*type->dtype) : 1) : std::nullopt;
  if (!bytes && is_text(id))
    throw_at(errc::unsupported_format, offset,
             "a persistent id is a text, as pickle protocol 0 has it, which names no storage");
  if (!bytes) damaged(offset, "a persistent id is not that of a storage");
  StorageReference storage;
  storage.key = parts[2].string();
  storage.location = parts[3].string();
  storage.dtype = type->dtype;
  storage.bytes = *bytes;
  return add_view({storage_number(storage, offset), 0, *bytes});
}

void TorchWorld::build(Value target, Value state, std::uint64_t offset) {
  switch (target.kind()) {
    case Kind::dict: {
      // An OrderedDict's attributes, such as the _metadata of a state dict: Python's own, not the
      // weights'.
      Mapping& mapping = *target.pointer<Mapping>();
      if (state.kind() != Kind::dict || mapping.is_built) break;
      mapping.is_built = true;
      return;
    }
    case Kind::object: {
      Object& made = *target.pointer<Object>();
      if (made.is_built) break;
      made.is_built = true;
      made.state = state;
      return;
    }
    case Kind::array: {
      const auto unbuilt = unbuilt_arrays_.find(target.pointer<const ArrayInfo>());
      auto parts = state.kind() == Kind::tuple ? state.items() : std::span<const Value>();
      if (unbuilt == unbuilt_arrays_.end() || (parts.size() != 5 && parts.size() != 4)) break;
      if (parts.size() == 5) parts = parts.subspan(1);  // the version
      const bool is_fortran =
          (parts[2].kind() == Kind::boolean || parts[2].kind() == Kind::integer) &&
          parts[2].boolean();
      if (!fill_array(*target.pointer<ArrayInfo>(), parts[0], parts[1], is_fortran, parts[3],
                      arena_))
        throw_at(errc::unsupported_format, offset, "a numpy array is of no type that is read");
      unbuilt_arrays_.erase(unbuilt);
      return;
    }
    case Kind::tensor: {
      const auto unbuilt = unbuilt_tensors_.find(target.index());
      if (unbuilt == unbuilt_tensors_.end()) {
        // Tensor.__setstate__ would put other numbers into it.
        if (options_.is_lenient)
          flaws_[target.index()] = "the pickle sets the state of a tensor that has one";
        break;
      }
      try {
        build_tensor(target.index(), state, offset);
      } catch (const ValueFlaw& found) {
        if (!options_.is_lenient) throw;
        flaws_[target.index()] = arena_.copy(found.what());
        return;
      }
      unbuilt_tensors_.erase(unbuilt);
      return;
    }
    default:
      break;
  }
  const std::string sentence = "the pickle sets the state of what has none, or has it already";
  if (!options_.is_lenient) damaged(offset, sentence);
  // Of a class or a function it is everybody's from then on. What else Python's objects may be given is
  // their own.
  if (target.kind() == Kind::named)
    return refuse_use("a change of " + std::string(target.string()) + " itself", offset);
  if (target.kind() != Kind::object)
    doubt("", offset, sentence + " (byte " + std::to_string(offset) + ")");
}

void TorchWorld::finish() {
  if (unbuilt_tensors_.empty() && unbuilt_arrays_.empty()) return;
  constexpr std::string_view kSentence =
      "the pickle begins a parameter or an array and never says what it is";
  if (!options_.is_lenient) throw Error(errc::damaged_checkpoint, std::string(kSentence));
  for (const std::size_t index : unbuilt_tensors_) flaws_.emplace(index, kSentence);
}

std::string_view TorchWorld::flaw_of(std::size_t tensor) const {
  if (flaws_.empty()) return {};
  const auto found = flaws_.find(tensor);
  return found == flaws_.end() ? std::string_view() : found->second;
}

}  // namespace torchhub::archive::detail
