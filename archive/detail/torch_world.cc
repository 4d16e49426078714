#include <torchhub/archive/detail/numpy_values.h>
#include <torchhub/archive/detail/pickle_error.h>
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
  if (!id && options_.is_lenient) id = GlobalId::unknown;
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

Value TorchWorld::call(Value callable, Arguments arguments, std::uint64_t offset) {
  switch (id_of(callable)) {
    case GlobalId::inert:
      break;
    case GlobalId::unknown:
    case GlobalId::data_object:
    case GlobalId::numpy_dtype:
      return object(callable.string(), arguments);
    case GlobalId::ordered_dict:
    case GlobalId::counter:
    case GlobalId::default_dict:
      if (id_of(callable) != GlobalId::default_dict || arguments.empty())
        return mapping(arguments, offset);
      // Its factory is told, and never called.
      if (arguments[0].kind() != Kind::none && arguments[0].kind() != Kind::named) break;
      return mapping(arguments.subspan(1), offset);
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
    case GlobalId::rebuild_device_tensor_from_cpu_tensor:
      if (arguments.size() != 4 || arguments[3].kind() != Kind::boolean) break;
      {
        TensorInfo tensor = *tensor_of(arguments[0], offset);
        tensor.requires_grad = arguments[3].boolean();
        return add_tensor(tensor);
      }
    case GlobalId::rebuild_device_tensor_from_numpy:
      return rebuild_from_numpy(arguments, offset);
    case GlobalId::parameter:
      if (!arguments.empty()) break;
      unbuilt_tensors_.insert(tensors_.size());
      return add_tensor(TensorInfo());
    case GlobalId::size:
      if (arguments.size() != 1 || arguments[0].kind() != Kind::tuple) break;
      return arguments[0];
    case GlobalId::device:
      return device(arguments, offset);
    case GlobalId::get_layout:
      if (arguments.size() != 1 || !is_text(arguments[0])) break;
      return named(arguments[0].string());
    case GlobalId::codecs_encode:
      return encoded(arguments, offset);
    case GlobalId::set:
      return set_of(arguments, offset);
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
    case GlobalId::numpy_scalar:
      if (const auto scalar = numpy_scalar(arguments, arena_)) return *scalar;
      throw_at(errc::unsupported_format, offset, "a numpy scalar is no plain number");
    case GlobalId::numpy_reconstruct: {
      if (arguments.size() != 3 || arguments[0].kind() != Kind::named ||
          arguments[0].string() != "numpy.ndarray")
        break;
      auto* const array = arena_.make<ArrayInfo>();
      unbuilt_arrays_.insert(array);
      return {Kind::array, array, 0};
    }
    case GlobalId::numpy_frombuffer: {
      if (arguments.size() != 4 || !is_text(arguments[3])) break;
      auto* const array = arena_.make<ArrayInfo>();
      if (!fill_array(*array, arguments[2], arguments[1], arguments[3].string() == "F",
                      arguments[0], arena_))
        throw_at(errc::unsupported_format, offset, "a numpy array is none of plain numbers");
      return {Kind::array, array, 0};
    }
    case GlobalId::script_list:
      if (arguments.size() != 1 || arguments[0].kind() != Kind::list) break;
      return arguments[0];
    case GlobalId::script_restore_type_tag:
      if (arguments.size() != 2) break;
      return arguments[0];
  }
  damaged(offset, "the pickle calls " + std::string(callable.string()) +
                      " with arguments that it does not take");
}

// (), or ({...},), or from Python 2 ([[key, value], ...],).
Value TorchWorld::mapping(Arguments arguments, std::uint64_t offset) {
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
  if (arguments.size() == 1 && arguments[0].kind() == Kind::list) {
    const auto pairs = arguments[0].items();
    made->entries = arena_.allocate<std::pair<Value, Value>>(pairs.size());
    made->capacity = static_cast<std::uint32_t>(pairs.size());
    for (const Value pair : pairs) {
      const bool is_sequence = pair.kind() == Kind::list || pair.kind() == Kind::tuple;
      if (!is_sequence || pair.items().size() != 2 || !is_text(pair.items()[0]))
        damaged(offset, "an OrderedDict is built from what is no list of pairs");
      made->entries[made->size++] = {pair.items()[0], pair.items()[1]};
    }
    return result;
  }
  damaged(offset, "an OrderedDict is built from what is no list of pairs");
}

// Python 3 writes bytes for Python 2 as a str of their code points, and 'latin1'.
Value TorchWorld::encoded(Arguments arguments, std::uint64_t offset) {
  const bool well_formed =
      arguments.size() == 2 && is_text(arguments[0]) && is_text(arguments[1]) &&
      (arguments[1].string() == "latin1" || arguments[1].string() == "latin-1");
  if (!well_formed) damaged(offset, "_codecs.encode is called for another encoding than latin1");
  const std::string_view text = arguments[0].string();
  char* const bytes = arena_.allocate<char>(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes[size++] = text[i];
    } else if (lead == 0xC2 || lead == 0xC3) {
      bytes[size++] =
          static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F));
    } else {
      damaged(offset, "bytes are given as a text that is not Latin-1");
    }
  }
  return {Kind::bytes, bytes, size};
}

Value TorchWorld::byte_array(Arguments arguments, std::uint64_t offset) {
  if (arguments.empty()) return {Kind::bytes, 0};
  if (arguments.size() == 1 && arguments[0].kind() == Kind::bytes) return arguments[0];
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
    damaged(offset, "a set is built from what is no list");
  }
  return {Kind::set, made, 0};
}

Value TorchWorld::device(Arguments arguments, std::uint64_t offset) {
  if (arguments.empty() || arguments.size() > 2 || !is_text(arguments[0]))
    damaged(offset, "a device is named by no text");
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
      const auto parts = state.kind() == Kind::tuple ? state.items() : std::span<const Value>();
      if (unbuilt == unbuilt_arrays_.end() || parts.size() != 5) break;
      if (!fill_array(*target.pointer<ArrayInfo>(), parts[1], parts[2],
                      parts[3].kind() != Kind::none && parts[3].boolean(), parts[4], arena_))
        throw_at(errc::unsupported_format, offset, "a numpy array is none of plain numbers");
      unbuilt_arrays_.erase(unbuilt);
      return;
    }
    case Kind::tensor: {
      const auto unbuilt = unbuilt_tensors_.find(target.index());
      if (unbuilt == unbuilt_tensors_.end()) break;
      build_parameter(target.index(), state, offset);
      unbuilt_tensors_.erase(unbuilt);
      return;
    }
    default:
      break;
  }
  damaged(offset, "the pickle sets the state of what has none, or has it already");
}

void TorchWorld::finish() const {
  if (!unbuilt_tensors_.empty() || !unbuilt_arrays_.empty())
    throw Error(errc::damaged_checkpoint,
                "the pickle begins a parameter or an array and never says what it is");
}

}  // namespace torchhub::archive::detail
