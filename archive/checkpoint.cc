#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/contents/shard_check.h>
#include <torchhub/archive/detail/contents/storage_copies.h>
#include <torchhub/archive/detail/files/folder_kind.h>
#include <torchhub/archive/detail/formats/bare_pickle.h>
#include <torchhub/archive/shard_index.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <functional>
#include <system_error>
#include <unordered_set>
#include <vector>

namespace torchhub::archive {

namespace {

using detail::CheckpointContents;
using detail::StoredBytes;

[[noreturn]] void rethrow_naming(const Error& error, std::string_view name) {
  throw Error(error.code(), std::string(name) + ": " + error.what());
}

// Every global that is refused, not the first alone: what is to be allowed or avoided is the whole
// list.
std::string all_refused(const detail::ReaderInput& input) {
  std::vector<detail::GlobalUse> uses;
  CheckpointContents scratch;
  const OpenOptions lenient = OpenOptions(input.options).lenient(true);
  detail::ReaderInput again{input.bytes, lenient};
  again.uses = &uses;
  try {
    detail::read_checkpoint(scratch, again);
  } catch (const Error&) {
    // What was found until then is told.
  }
  constexpr std::size_t kMost = 8;
  std::vector<std::string_view> names;
  std::unordered_set<std::string_view> known;
  for (const detail::GlobalUse& use : uses)
    if (!use.is_allowed && known.insert(use.name).second) names.push_back(use.name);
  if (names.size() < 2) return "";
  std::string text = "; in all it names";
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    text += (i > 0 ? ", " : " ") + std::string(names[i]);
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

void read_into(CheckpointContents& contents, std::span<const std::byte> bytes,
               std::string_view name, const OpenOptions& options, detail::ReadAt read_at = {}) {
  detail::ReaderInput input{bytes, options};
  input.read_at = std::move(read_at);
  input.file = static_cast<std::uint32_t>(contents.files.size());
  contents.files.emplace_back(name);
  try {
    detail::read_checkpoint(contents, input);
  } catch (const Error& error) {
    if (error.code() == errc::refused_global)
      throw Error(error.code(), std::string(name) + ": " + error.what() + all_refused(input));
    rethrow_naming(error, name);
  }
}

void check_mapping(const MappedFile& file, std::string_view name) {
  if (file.is_intact()) return;
  throw Error(errc::file_changed, std::string(name) + ": was made shorter while it was being read");
}

// Maps the file and reads it. `opened` is needed until then.
void read_file(CheckpointContents& contents, const OpenFile& opened,
               const std::shared_ptr<const MappedFile>& file, std::string_view name,
               const OpenOptions& options) {
  const std::span<const std::byte> bytes = file->view();
  contents.mappings.push_back(file);
  const auto read_at = [&opened](std::uint64_t offset, std::span<std::byte> read) {
    return opened.read_at(offset, read);
  };
  try {
    read_into(contents, bytes, name, options, read_at);
  } catch (const Error&) {
    // What looks damaged may have been cut off meanwhile.
    check_mapping(*file, name);
    throw;
  }
  check_mapping(*file, name);
}

void open_shards(CheckpointContents& contents, const MappedFile& file,
                 const std::filesystem::path& path, const OpenOptions& options) {
  const auto bytes = file.view();
  const auto index = parse_shard_index({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!index) throw Error(index.error().code, path.string() + ": " + index.error().what);
  for (const std::string& name : index->files) {
    const std::filesystem::path shard = shard_path(path, name);
    const OpenFile opened(shard);
    read_file(contents, opened, std::make_shared<const MappedFile>(opened.map()), shard.string(),
              options);
  }
  detail::check_against(*index, contents, path.string());
  contents.format = FileFormat::shard_index;
  auto* const root = contents.arena.make<detail::Mapping>();
  if (index->total_size) {
    constexpr std::string_view kName = "total_size";
    root->entries = contents.arena.make<std::pair<Value, Value>>(
        Value(Value::Kind::string, kName.data(), kName.size()),
        Value(Value::Kind::integer, std::bit_cast<std::uint64_t>(*index->total_size)));
    root->size = root->capacity = 1;
  }
  contents.root = Value(Value::Kind::dict, root, 0);
}

void refuse_folder(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) return;
  throw Error(boost::system::error_code(EISDIR, boost::system::system_category()),
              path.string() + ": cannot be read: it is " + detail::describe_folder(path));
}

}  // namespace

Checkpoint parse_checkpoint(std::shared_ptr<const void> source, std::span<const std::byte> bytes,
                            std::string_view name, const OpenOptions& options) {
  auto contents = std::make_shared<CheckpointContents>();
  contents->sources.push_back(std::move(source));
  read_into(*contents, bytes, name, options);
  detail::note_compressed(*contents, name);
  return Checkpoint(std::move(contents));
}

Checkpoint open_checkpoint(const std::filesystem::path& path, const OpenOptions& options) {
  refuse_folder(path);
  const OpenFile opened(path);
  auto file = std::make_shared<const MappedFile>(opened.map());
  auto contents = std::make_shared<CheckpointContents>();
  if (file_format(file->view()) == FileFormat::shard_index) {
    open_shards(*contents, *file, path, options);
  } else {
    read_file(*contents, opened, std::move(file), path.string(), options);
  }
  detail::note_compressed(*contents, path.string());
  return Checkpoint(std::move(contents));
}

FileFormat Checkpoint::format() const { return contents_->format; }

std::span<const TensorInfo> Checkpoint::tensors() const { return contents_->tensors; }

std::size_t Checkpoint::storage_count() const { return contents_->storages.size(); }

Value Checkpoint::root() const { return contents_->root; }

std::span<const UnreadValue> Checkpoint::unread() const { return contents_->unread; }

std::span<const std::string> Checkpoint::files() const { return contents_->files; }

void Checkpoint::check_intact() const {
  for (std::size_t i = 0; i < contents_->mappings.size(); ++i)
    check_mapping(*contents_->mappings[i], contents_->files[i]);
}

const TensorInfo* Checkpoint::find(std::string_view name) const {
  std::call_once(contents_->index_once, [&] {
    NameIndex index(contents_->tensors.size());
    for (std::size_t i = 0; i < contents_->tensors.size(); ++i)
      index.insert(contents_->tensors[i].name, static_cast<std::uint32_t>(i));
    contents_->index = std::move(index);
  });
  const auto found = contents_->index.find(name);
  return found ? &contents_->tensors[*found] : nullptr;
}

std::span<const std::byte> Checkpoint::bytes(std::string_view name) const {
  const TensorInfo* const tensor = find(name);
  if (!tensor) throw Error(errc::no_such_tensor, "no tensor is called '" + std::string(name) + "'");
  return bytes(*tensor);
}

std::span<const std::byte> Checkpoint::bytes(const TensorInfo& tensor) const {
  if (!tensor.is_contiguous() || tensor.is_conjugate || tensor.is_negative)
    throw Error(errc::not_contiguous,
                "the tensor '" + std::string(tensor.name) + "' does not lie in one piece");
  return storage_bytes(tensor).subspan(
      static_cast<std::size_t>(tensor.storage_offset * item_bytes(tensor.dtype)),
      static_cast<std::size_t>(tensor.bytes()));
}

std::span<const std::byte> Checkpoint::storage_bytes(const TensorInfo& tensor) const {
  if (tensor.storage == TensorInfo::kNoStorage) return {};
  const StoredBytes& stored = contents_->storages[tensor.storage];
  const bool is_deflated = stored.deflated != StoredBytes::kNotDeflated;
  if (stored.swap == 1 && !is_deflated) return stored.bytes;
  const std::lock_guard lock(contents_->swapped_mutex);
  std::span<const std::byte> bytes = stored.bytes;
  try {
    if (is_deflated) bytes = detail::inflated_bytes(*contents_, stored);
  } catch (const Error& error) {
    rethrow_naming(error, contents_->files[stored.file]);
  }
  if (stored.swap == 1) return bytes;
  contents_->swapped.resize(contents_->storages.size());
  auto& copy = contents_->swapped[tensor.storage];
  if (!copy) copy = detail::swapped_copy(bytes, stored.swap);
  return *copy;
}

bool Checkpoint::is_compressed(const TensorInfo& tensor) const {
  return tensor.storage != TensorInfo::kNoStorage &&
         contents_->storages[tensor.storage].deflated != StoredBytes::kNotDeflated;
}

std::span<const std::string> Checkpoint::notes() const { return contents_->notes; }

std::optional<std::uint64_t> Checkpoint::storage_file_offset(const TensorInfo& tensor) const {
  if (tensor.storage == TensorInfo::kNoStorage || tensor.file >= contents_->mappings.size() ||
      is_compressed(tensor))
    return std::nullopt;
  const std::span<const std::byte> stored = storage_bytes(tensor);
  const std::span<const std::byte> file = contents_->mappings[tensor.file]->view();
  const std::less_equal<const std::byte*> at_most;
  if (!at_most(file.data(), stored.data()) ||
      !at_most(stored.data() + stored.size(), file.data() + file.size()))
    return std::nullopt;
  return static_cast<std::uint64_t>(stored.data() - file.data());
}

bool Checkpoint::is_mapping_of(std::size_t file, const OpenFile& opened) const {
  return file < contents_->mappings.size() && opened.is_mapped_by(*contents_->mappings[file]);
}

std::string_view Checkpoint::location(const TensorInfo& tensor) const {
  if (tensor.is_meta) return "meta";
  if (tensor.storage == TensorInfo::kNoStorage) return "cpu";
  return contents_->storages[tensor.storage].location;
}

}  // namespace torchhub::archive
