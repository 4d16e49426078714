#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/detail/torch_world.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace torchhub::archive {
namespace {

constexpr std::uint64_t kMaxPickleBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kMaxRecordBytes = 64;  // of byteorder, version and the like
constexpr std::size_t kMaxValueDepth = 1000;
// Values that hold each other twice make a tree of few nodes endless to walk.
constexpr std::size_t kMaxVisits = 5'000'000;

// The records of a torch.save archive: its entries, without the folder that they all lie in.
class Records {
 public:
  Records(std::span<const std::byte> archive, const ZipDirectory& directory) : archive_(archive) {
    for (const ZipEntry& entry : directory.entries) {
      const std::size_t slash = entry.name.find('/');
      if (slash == entry.name.npos || slash == 0)
        throw Error(errc::not_a_checkpoint, "the zip archive is not one of torch.save: '" +
                                                entry.name + "' lies in no folder");
      const std::string_view folder = std::string_view(entry.name).substr(0, slash);
      if (folder_.empty()) folder_ = folder;
      if (folder != folder_)
        throw Error(errc::not_a_checkpoint,
                    "the zip archive is not one of torch.save: it has more than one folder");
      by_name_.emplace(std::string_view(entry.name).substr(slash + 1), &entry);
    }
  }

  const ZipEntry* find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  // A small text record without its line end, or nothing.
  std::optional<std::string> text(std::string_view name) const {
    const ZipEntry* const entry = find(name);
    if (!entry) return std::nullopt;
    const std::vector<std::byte> bytes = read_entry(archive_, *entry, kMaxRecordBytes);
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

 private:
  std::span<const std::byte> archive_;
  std::string_view folder_;
  std::unordered_map<std::string_view, const ZipEntry*> by_name_;
};

void check_kind(const Records& records) {
  struct Other {
    const char* record;
    const char* what;
  };
  constexpr Other kOthers[] = {
      {"constants.pkl", "a TorchScript archive"},
      {"model.json", "a TorchScript archive of torch before 1.4"},
      {".data/extern_modules", "a torch.package archive"},
      {"archive_format", "an exported program (.pt2)"},
  };
  for (const Other& other : kOthers) {
    if (records.find(other.record))
      throw Error(errc::unsupported_format,
                  std::string(other.what) + " is not read as a checkpoint");
  }
  if (!records.find("data.pkl"))
    throw Error(errc::not_a_checkpoint,
                "the zip archive holds no data.pkl, so it is none of torch.save");
  if (records.text("byteorder").value_or("little") != "little") {
    throw Error(errc::unsupported_format, "a checkpoint of a big-endian machine is not read");
  }
}

// Names the tensors by their path from the root.
class TensorTable {
 public:
  TensorTable(const detail::TorchWorld& world, std::span<const std::uint64_t> storage_offsets)
      : world_(world), storage_offsets_(storage_offsets) {}

  std::vector<TensorInfo> list(Value root) {
    visit(root, "", 0);
    return std::move(tensors_);
  }

 private:
  void visit(Value value, const std::string& path, std::size_t depth) {
    if (depth > kMaxValueDepth || ++visits_ > kMaxVisits) {
      throw Error(errc::limit_exceeded, "its values are nested too deeply, or hold each other");
    }
    switch (value.kind()) {
      case Value::Kind::tensor:
        return add(value, path);
      case Value::Kind::dict:
        for (const auto& [key, item] : value.entries())
          visit(item, joined(path, key_text(key)), depth + 1);
        return;
      case Value::Kind::list:
      case Value::Kind::tuple:
      case Value::Kind::set:
        for (std::size_t i = 0; i < value.items().size(); ++i)
          visit(value.items()[i], joined(path, std::to_string(i)), depth + 1);
        return;
      default:
        return;
    }
  }

  void add(Value value, const std::string& path) {
    const detail::TensorReference& reference =
        world_.tensors()[static_cast<std::size_t>(value.integer())];
    TensorInfo& tensor = tensors_.emplace_back();
    tensor.name = path;
    tensor.dtype = reference.dtype;
    tensor.shape = reference.shape;
    tensor.stride = reference.stride;
    tensor.storage = reference.storage;
    tensor.storage_offset = reference.storage_offset;
    tensor.file_offset = storage_offsets_[reference.storage] +
                         reference.storage_offset * item_bytes(reference.dtype);
    tensor.requires_grad = reference.requires_grad;
    tensor.is_parameter = reference.is_parameter;
  }

  static std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + '.' + name;
  }

  static std::string key_text(Value key) {
    switch (key.kind()) {
      case Value::Kind::integer:
      case Value::Kind::boolean:
        return std::to_string(key.integer());
      case Value::Kind::real:
        return std::to_string(key.real());
      case Value::Kind::none:
        return "None";
      default:
        return key.string();
    }
  }

  const detail::TorchWorld& world_;
  std::span<const std::uint64_t> storage_offsets_;
  std::vector<TensorInfo> tensors_;
  std::size_t visits_ = 0;
};

// Where the storage's record lies in the archive.
const ZipEntry& find_storage(const Records& records, const detail::StorageReference& storage) {
  const bool is_number = !storage.key.empty() && storage.key.size() <= 20 &&
                         storage.key.find_first_not_of("0123456789") == storage.key.npos;
  const ZipEntry* const entry = is_number ? records.find("data/" + storage.key) : nullptr;
  if (!entry) throw Error(errc::damaged_checkpoint, "the storage '" + storage.key + "' is missing");
  if (entry->deflated)
    throw Error(errc::unsupported_format,
                "the storage '" + storage.key + "' is compressed, so it cannot be read in place");
  if (entry->size != storage.bytes) {
    throw Error(errc::damaged_checkpoint,
                "the storage '" + storage.key + "' has " + std::to_string(entry->size) +
                    " bytes where the pickle says " + std::to_string(storage.bytes));
  }
  return *entry;
}

}  // namespace

Checkpoint parse_checkpoint(std::shared_ptr<const void> source, std::span<const std::byte> bytes,
                            std::string_view name) {
  auto contents = std::make_shared<Checkpoint::Contents>();
  contents->source = std::move(source);
  contents->format = file_format(bytes);
  try {
    if (contents->format == FileFormat::legacy_stream ||
        contents->format == FileFormat::legacy_tar || contents->format == FileFormat::safetensors ||
        contents->format == FileFormat::bare_pickle) {
      throw Error(errc::unsupported_format,
                  "it is " + std::string(describe(contents->format)) + ", which is not read yet");
    }
    if (contents->format != FileFormat::zip)
      throw Error(errc::not_a_checkpoint, "it is " + std::string(describe(contents->format)));

    const ZipDirectory directory = read_zip_directory(bytes).value();
    const Records records(bytes, directory);
    check_kind(records);

    detail::TorchWorld world(contents->nodes);
    const std::vector<std::byte> pickle =
        read_entry(bytes, *records.find("data.pkl"), kMaxPickleBytes);
    contents->root =
        detail::unpickle(pickle, contents->nodes, world, detail::PickleLimits()).value();

    std::vector<std::uint64_t> storage_offsets;
    for (const detail::StorageReference& storage : world.storages()) {
      const ZipEntry& entry = find_storage(records, storage);
      storage_offsets.push_back(entry.data_offset);
      contents->storages.push_back(raw_bytes(bytes, entry));
    }
    contents->tensors = TensorTable(world, storage_offsets).list(Value(contents->root));
  } catch (const Error& error) {
    throw Error(error.code(), std::string(name) + ": " + error.what());
  }
  return Checkpoint(std::move(contents));
}

const TensorInfo* Checkpoint::find(std::string_view name) const {
  const auto found = std::find_if(contents_->tensors.begin(), contents_->tensors.end(),
                                  [&](const TensorInfo& tensor) { return tensor.name == name; });
  return found == contents_->tensors.end() ? nullptr : &*found;
}

std::span<const std::byte> Checkpoint::bytes(std::string_view name) const {
  const TensorInfo* const tensor = find(name);
  if (!tensor) throw Error(errc::no_such_tensor, "no tensor is called '" + std::string(name) + "'");
  if (!tensor->is_contiguous())
    throw Error(errc::not_contiguous,
                "the tensor '" + tensor->name + "' does not lie in one piece");
  return storage_bytes(*tensor).subspan(
      static_cast<std::size_t>(tensor->storage_offset * item_bytes(tensor->dtype)),
      static_cast<std::size_t>(tensor->bytes()));
}

}  // namespace torchhub::archive
