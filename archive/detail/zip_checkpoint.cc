// torch.save's zip archives, TorchScript's, and zips around another checkpoint.

#include <torchhub/archive/detail/exported_program.h>
#include <torchhub/archive/detail/readers.h>
#include <torchhub/archive/detail/tensor_table.h>
#include <torchhub/archive/detail/zip_records.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <string>

namespace torchhub::archive::detail {
namespace {

constexpr int kMaxDepth = 2;

// The record's bytes: in place where they are stored, else inflated into memory that `contents`
// keeps. Their CRC was checked.
std::span<const std::byte> whole_record(CheckpointContents& contents,
                                        std::span<const std::byte> archive, const ZipEntry& entry,
                                        std::uint64_t max_bytes) {
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
      std::make_shared<const std::vector<std::byte>>(read_entry(archive, entry, max_bytes));
  contents.sources.push_back(inflated);
  return *inflated;
}

void check_version(const ZipRecords& records) {
  auto text = records.text(".data/version");
  if (!text) text = records.text("version");
  if (!text) throw Error(errc::damaged_checkpoint, "the record 'version' is missing");
  const bool is_known = text->size() == 1 ? (*text)[0] >= '1' && (*text)[0] <= '9' : *text == "10";
  if (!is_known)
    throw Error(errc::unsupported_format, "it is of version '" + *text + "'; 1 to 10 are read");
}

bool is_big_endian(const ZipRecords& records) {
  const std::string order = records.text("byteorder").value_or("little");
  if (order != "little" && order != "big")
    throw Error(errc::damaged_checkpoint, "its byte order is '" + order + "'");
  return order == "big";
}

bool is_record_number(std::string_view key) {
  return !key.empty() && key.size() <= 20 && key.find_first_not_of("0123456789") == key.npos;
}

// Where the storage's record lies in the archive.
StoredBytes find_storage(const ReaderInput& input, const ZipRecords& records,
                         const StorageReference& storage, std::string_view folder) {
  const auto named = [&] { return "the storage '" + std::string(storage.key) + "'"; };
  StoredBytes stored;
  stored.file = input.file;
  stored.location = storage.location;
  if (storage.location == "meta") return stored;
  if (storage.in_pickle.data()) {
    stored.bytes = storage.in_pickle;
    if (stored.bytes.data() >= input.bytes.data() &&
        stored.bytes.data() < input.bytes.data() + input.bytes.size())
      stored.file_offset =
          input.base + static_cast<std::uint64_t>(stored.bytes.data() - input.bytes.data());
    return stored;
  }
  const ZipEntry* const entry =
      is_record_number(storage.key) ? records.find(folder, storage.key) : nullptr;
  if (!entry) throw Error(errc::damaged_checkpoint, named() + " is missing");
  if (entry->deflated)
    throw Error(errc::unsupported_format,
                named() + " is compressed, so it cannot be read in place");
  if (entry->size != storage.bytes) {
    throw Error(errc::damaged_checkpoint,
                named() + " has " + std::to_string(entry->size) +
                    " bytes where the pickle says " + std::to_string(storage.bytes));
  }
  stored.bytes = raw_bytes(input.bytes, *entry);
  stored.file_offset = input.base + entry->data_offset;
  return stored;
}

// One pickle and the storages it refers to, which lie in `folder`.
Value read_pickle(CheckpointContents& contents, const ReaderInput& input,
                  const ZipRecords& records, const ZipEntry& pickle, std::string_view folder,
                  TorchWorld& world) {
  const std::span<const std::byte> bytes =
      whole_record(contents, input.bytes, pickle, input.options.max_pickle_bytes());
  contents.arena.allow(value_bytes_allowed(bytes.size()));
  const Value root = unpickle_whole(bytes, contents.arena, world);
  world.finish();
  contents.storages.reserve(contents.storages.size() + world.storages().size());
  for (const StorageReference& storage : world.storages())
    contents.storages.push_back(find_storage(input, records, storage, folder));
  return root;
}

void read_torch_save(CheckpointContents& contents, const ReaderInput& input,
                     const ZipRecords& records) {
  check_version(records);
  const bool is_swapped = is_big_endian(records);
  TorchWorld world(contents.arena, input.world());
  const std::size_t first = contents.storages.size();
  const Value root =
      read_pickle(contents, input, records, *records.find("data.pkl"), "data", world);
  add_tensors(contents, world, root, input.prefix, first);
  if (is_swapped) mark_swapped(contents);
  contents.root = root;
}

// The attributes of its modules, and the constants of its code by the names they have there. The code
// is not looked at.
void read_torch_script(CheckpointContents& contents, const ReaderInput& input,
                       const ZipRecords& records) {
  check_version(records);
  const bool is_swapped = is_big_endian(records);
  WorldOptions options = input.world();
  options.is_script = true;
  TorchWorld world(contents.arena, options);
  std::size_t first = contents.storages.size();
  const Value root =
      read_pickle(contents, input, records, *records.find("data.pkl"), "data", world);
  add_tensors(contents, world, root, input.prefix, first);

  TorchWorld constants_world(contents.arena, options);
  first = contents.storages.size();
  const Value constants = read_pickle(contents, input, records, *records.find("constants.pkl"),
                                      "constants", constants_world);
  if (constants.kind() != Value::Kind::tuple)
    throw Error(errc::damaged_checkpoint, "its constants are no tuple");
  for (std::size_t i = 0; i < constants.items().size(); ++i) {
    add_tensors(contents, constants_world, constants.items()[i],
                contents.arena.copy("CONSTANTS.c" + std::to_string(i)), first);
  }
  if (is_swapped) mark_swapped(contents);
  contents.root = root;
  contents.format = FileFormat::torch_script;
}

// A zip around one file, as torch.hub unpacked them before torch 1.6.
bool is_wrapped(const ZipDirectory& directory) {
  return directory.entries.size() == 1 && directory.entries[0].kind == ZipEntry::Kind::file &&
         !directory.entries[0].name.ends_with("/data.pkl");
}

void read_wrapped(CheckpointContents& contents, const ReaderInput& input, const ZipEntry& entry) {
  if (input.depth == kMaxDepth)
    throw Error(errc::limit_exceeded, "it is a zip archive in a zip archive in another");
  ReaderInput inner = input;
  inner.depth = input.depth + 1;
  if (entry.deflated) {
    inner.bytes = whole_record(contents, input.bytes, entry, input.options.max_inflated_bytes());
    inner.base = 0;
  } else {
    inner.bytes = raw_bytes(input.bytes, entry);
    inner.base = input.base + entry.data_offset;
  }
  read_checkpoint(contents, inner);
}

void check_kind(const ZipRecords& records) {
  struct Other {
    std::string_view record;
    const char* what;
  };
  constexpr Other kOthers[] = {
      {"model.json", "a TorchScript archive of torch before 1.4"},
      {".data/extern_modules", "a torch.package archive"},
      {"serialized_exported_program.json", "an exported program of torch before 2.7"},
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

}  // namespace

void read_zip_checkpoint(CheckpointContents& contents, const ReaderInput& input) {
  const ZipDirectory directory = read_zip_directory(input.bytes).value();
  if (is_wrapped(directory)) return read_wrapped(contents, input, directory.entries[0]);
  for (const ZipEntry& entry : directory.entries) {
    if (entry.name == "serialized_exported_program.json")
      throw Error(errc::unsupported_format,
                  "an exported program of torch before 2.7 is not read as a checkpoint");
  }
  const ZipRecords records(input.bytes, directory);
  contents.format = FileFormat::zip;
  if (records.find("archive_format")) return read_exported_program(contents, input, records);
  check_kind(records);
  if (records.find("constants.pkl")) return read_torch_script(contents, input, records);
  read_torch_save(contents, input, records);
}

}  // namespace torchhub::archive::detail
