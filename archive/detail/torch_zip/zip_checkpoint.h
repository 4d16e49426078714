#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_CHECKPOINT_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_CHECKPOINT_H_
// torch.save's zip archives, TorchScript's, and zips around another checkpoint.

#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/pickle/whole_pickle.h>
#include <torchhub/archive/detail/tensors/tensor_table.h>
#include <torchhub/archive/detail/torch_zip/exported_program.h>
#include <torchhub/archive/detail/torch_zip/foreign_zip.h>
#include <torchhub/archive/detail/torch_zip/zip_records.h>
#include <torchhub/archive/detail/torch_zip/zip_storage.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace torchhub::archive::detail {

inline void read_zip_checkpoint(CheckpointContents& contents, const ReaderInput& input);

namespace zip_checkpoint_detail {

inline constexpr int kMaxDepth = 2;

// The record's bytes: in place where they are stored, else inflated into memory that `contents`
// keeps: at most `max_bytes`, and beyond `freely` in proportion to the compressed ones. Their CRC was
// checked.
inline std::span<const std::byte> whole_record(CheckpointContents& contents,
                                               std::span<const std::byte> archive,
                                               const ZipEntry& entry, std::uint64_t max_bytes,
                                               std::uint64_t freely = kInflatedFreely) {
  if (!entry.deflated) {
    if (entry.size > max_bytes) {
      throw Error(errc::limit_exceeded, "the record '" + std::string(entry.name) + "' has " +
                                            std::to_string(entry.size) + " bytes, more than the " +
                                            std::to_string(max_bytes) + " that are allowed");
    }
    check_crc(archive, entry);
    return raw_bytes(archive, entry);
  }
  const auto inflated =
      std::make_shared<const std::vector<std::byte>>(read_entry(archive, entry, max_bytes, freely));
  contents.sources.push_back(inflated);
  return *inflated;
}

inline void check_version(const ZipRecords& records) {
  auto text = records.text(".data/version");
  if (!text) text = records.text("version");
  if (!text) throw Error(errc::damaged_checkpoint, "the record 'version' is missing");
  const bool is_known = text->size() == 1 ? (*text)[0] >= '1' && (*text)[0] <= '9' : *text == "10";
  if (!is_known)
    throw Error(errc::unsupported_format, "it is of version '" + *text + "'; 1 to 10 are read");
}

inline bool is_big_endian(const ZipRecords& records) {
  const std::string order = records.text("byteorder").value_or("little");
  if (order != "little" && order != "big")
    throw Error(errc::damaged_checkpoint, "its byte order is '" + order + "'");
  return order == "big";
}

inline bool is_record_number(std::string_view key) {
  return !key.empty() && key.size() <= 20 && key.find_first_not_of("0123456789") == key.npos;
}

// Where the storage's record lies in the archive.
inline StoredBytes find_storage(CheckpointContents& contents, const ReaderInput& input,
                                const ZipRecords& records, const TorchWorld& world,
                                std::size_t number, std::string_view folder) {
  const StorageReference& storage = world.storages()[number];
  const auto named = [&] { return "the storage '" + std::string(storage.key) + "'"; };
  if (storage.location == "meta" || storage.is_in_pickle) {
    StoredBytes stored;
    stored.file = input.file;
    stored.location = storage.location;
    if (storage.location == "meta") return stored;
    stored.bytes = world.bytes_in_pickle(number);
    if (stored.bytes.data() >= input.bytes.data() &&
        stored.bytes.data() < input.bytes.data() + input.bytes.size())
      stored.file_offset =
          input.base + static_cast<std::uint64_t>(stored.bytes.data() - input.bytes.data());
    return stored;
  }
  const ZipEntry* const entry =
      is_record_number(storage.key) ? records.find(folder, storage.key) : nullptr;
  if (!entry) throw Error(errc::damaged_checkpoint, named() + " is missing");
  if (entry->size != storage.bytes) {
    throw Error(errc::damaged_checkpoint, named() + " has " + std::to_string(entry->size) +
                                              " bytes where the pickle says " +
                                              std::to_string(storage.bytes));
  }
  StoredBytes stored = storage_of_entry(contents, input, *entry);
  stored.location = storage.location;
  return stored;
}

// What a pickle says, before its storages are looked for.
struct ReadPickle {
  std::unique_ptr<TorchWorld> world;
  Value root;
};

inline ReadPickle read_pickle(CheckpointContents& contents, const ReaderInput& input,
                              const ZipEntry& pickle, std::size_t records, bool is_script) {
  const std::span<const std::byte> bytes =
      whole_record(contents, input.bytes, pickle, input.max_pickle_bytes());
  contents.arena.allow(value_bytes_allowed(bytes.size()));
  WorldOptions options = input.world();
  options.is_script = is_script;
  ReadPickle read{std::make_unique<TorchWorld>(contents.arena, options), Value()};
  // Each storage takes some eighty bytes of the pickle: no more than that on a directory's word.
  read.world->expect(std::min(records, bytes.size() / 64));
  read.root = unpickle_whole(bytes, contents.arena, *read.world, AfterPickle::no_second_pickle);
  read.world->finish();
  return read;
}

// Finds the pickle's storages, which lie in `folder`, and adds the tensors of `root`.
inline void add_pickle(CheckpointContents& contents, const ReaderInput& input,
                       const ZipRecords& records, const ReadPickle& read, Value root,
                       std::string_view folder) {
  const std::size_t first = contents.storages.size();
  const std::size_t count = read.world->storages().size();
  contents.storages.reserve(first + count);
  for (std::size_t i = 0; i < count; ++i)
    contents.storages.push_back(find_storage(contents, input, records, *read.world, i, folder));
  add_tensors(contents, *read.world, root, input.prefix, first);
}

// By the names that the code has for them.
inline Value named_constants(CheckpointContents& contents, std::span<const Value> constants) {
  auto* const made = contents.arena.make<Mapping>();
  made->entries = contents.arena.allocate<std::pair<Value, Value>>(constants.size());
  for (const Value constant : constants) {
    const std::string_view name = contents.arena.copy("CONSTANTS.c" + std::to_string(made->size));
    made->entries[made->size++] = {Value(Value::Kind::string, name.data(), name.size()), constant};
  }
  return {Value::Kind::dict, made, 0};
}

// The attributes of its modules, and the constants of its code by the names they have there. The code
// is not looked at.
inline void add_constants(CheckpointContents& contents, const ReaderInput& input,
                          const ZipRecords& records) {
  const ReadPickle constants =
      read_pickle(contents, input, *records.find("constants.pkl"), 0, true);
  if (constants.root.kind() != Value::Kind::tuple)
    throw Error(errc::damaged_checkpoint, "its constants are no tuple");
  add_pickle(contents, input, records, constants, named_constants(contents, constants.root.items()),
             "constants");
}

// The one file in the zip, as torch.hub unpacked them before torch 1.6; null where the zip is no such
// wrapper. Entries of folders hold nothing.
inline const ZipEntry* find_wrapped(const ZipDirectory& directory) {
  const ZipEntry* file = nullptr;
  for (const ZipEntry& entry : directory.entries) {
    if (entry.kind == ZipEntry::Kind::folder) continue;
    if (file || entry.kind != ZipEntry::Kind::file) return nullptr;
    file = &entry;
  }
  return file && !file->name.ends_with("/data.pkl") ? file : nullptr;
}

inline void read_wrapped(CheckpointContents& contents, const ReaderInput& input,
                         const ZipEntry& entry) {
  constexpr std::uint64_t kFreely = std::uint64_t{16} << 20;
  if (input.depth == kMaxDepth)
    throw Error(errc::limit_exceeded, "it is a zip archive in a zip archive in another");
  ReaderInput inner = input;
  inner.depth = input.depth + 1;
  inner.read_at = {};
  if (entry.deflated) {
    inner.bytes =
        whole_record(contents, input.bytes, entry, input.options.max_inflated_bytes(), kFreely);
    inner.base = 0;
    // Of a wrapper that was inflated itself, the outermost file's count.
    if (inner.compressed_bytes == 0) inner.compressed_bytes = entry.compressed_size;
  } else {
    inner.bytes = raw_bytes(input.bytes, entry);
    inner.base = input.base + entry.data_offset;
  }
  read_checkpoint(contents, inner);
}

inline void check_kind(const ZipRecords& records) {
  struct Other {
    std::string_view record;
    const char* what;
  };
  constexpr Other kOthers[] = {
      {"model.json", "a TorchScript archive of torch before 1.4"},
      {".data/extern_modules", "a torch.package archive"},
  };
  for (const Other& other : kOthers) {
    if (records.find(other.record))
      throw Error(errc::unsupported_format,
                  std::string(other.what) + " is not read as a checkpoint");
  }
  if (!records.find("data.pkl"))
    throw Error(errc::not_a_checkpoint,
                "the zip archive holds no data.pkl, so it is none of torch.save");
}

// The place of FOLDER/NAME among the entries, whose names were not compared yet.
inline std::optional<std::size_t> find_record(const ZipDirectory& directory,
                                              std::string_view name) {
  for (std::size_t i = 0; i < directory.entries.size(); ++i) {
    const std::string_view entry = directory.entries[i].name;
    if (entry.ends_with(name) && entry.find('/') == entry.size() - name.size()) return i;
  }
  return std::nullopt;
}

// Reads the pickle of an archive of many records while another thread checks their headers. Nothing of
// it is used before that has come to its end.
class EarlyPickle {
 public:
  EarlyPickle(CheckpointContents& contents, const ReaderInput& input, UncheckedDirectory& unchecked)
      : is_script_(find_record(unchecked.directory, "/constants.pkl").has_value()) {
    const auto found = find_record(unchecked.directory, "/data.pkl");
    if (unchecked.headers.size() < kManyRecords || !found || input.uses) return;
    if (check_local_header(input.bytes, unchecked, *found, {})) return;
    // The other thread writes to the directory.
    const ZipEntry pickle = unchecked.directory.entries[*found];
    auto checked = std::async(
        std::launch::async, [&] { return check_directory(input.bytes, unchecked, input.read_at); });
    try {
      read_ = read_pickle(contents, input, pickle, unchecked.headers.size(), is_script_);
    } catch (...) {
      failure_ = std::current_exception();
    }
    flaw_ = checked.get();
    is_checked_ = true;
  }

  /// Checks the directory if that was not done yet. Throws what is wrong with it.
  void check(const ReaderInput& input, UncheckedDirectory& unchecked) {
    if (!is_checked_) flaw_ = check_directory(input.bytes, unchecked, input.read_at);
    if (flaw_) throw Error(flaw_->code, flaw_->what);
  }

  ReadPickle take(CheckpointContents& contents, const ReaderInput& input,
                  const ZipRecords& records) {
    if (failure_) std::rethrow_exception(failure_);
    if (read_.world) return std::move(read_);
    return read_pickle(contents, input, *records.find("data.pkl"), records.entries().size(),
                       is_script_);
  }

 private:
  static constexpr std::size_t kManyRecords = 2048;

  bool is_script_;
  bool is_checked_ = false;
  std::optional<Flaw> flaw_;
  std::exception_ptr failure_;
  ReadPickle read_;
};

}  // namespace zip_checkpoint_detail

inline void read_zip_checkpoint(CheckpointContents& contents, const ReaderInput& input) {
  UncheckedDirectory unchecked =
      read_central_directory(input.bytes, EntryNames::portable, Trailing::passed_over).value();
  zip_checkpoint_detail::EarlyPickle early(contents, input, unchecked);
  early.check(input, unchecked);
  const ZipDirectory& directory = unchecked.directory;
  refuse_foreign_zip(contents, directory);
  if (const ZipEntry* const wrapped = zip_checkpoint_detail::find_wrapped(directory))
    return zip_checkpoint_detail::read_wrapped(contents, input, *wrapped);
  if (directory.find("serialized_exported_program.json"))
    throw Error(errc::unsupported_format,
                "an exported program of torch before 2.7 is not read as a checkpoint");
  const ZipRecords records(input.bytes, directory);
  contents.format = FileFormat::zip;
  allow_inflation(contents, input);
  if (records.find("archive_format")) return read_exported_program(contents, input, records);
  zip_checkpoint_detail::check_kind(records);
  zip_checkpoint_detail::check_version(records);
  const bool is_swapped = zip_checkpoint_detail::is_big_endian(records);
  contents.is_big_endian = is_swapped;
  const zip_checkpoint_detail::ReadPickle read = early.take(contents, input, records);
  zip_checkpoint_detail::add_pickle(contents, input, records, read, read.root, "data");
  contents.root = read.root;
  if (records.find("constants.pkl")) {
    contents.format = FileFormat::torch_script;
    zip_checkpoint_detail::add_constants(contents, input, records);
  }
  if (is_swapped) mark_swapped(contents);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_CHECKPOINT_H_
