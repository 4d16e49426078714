#ifndef TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_TAR_H_
#define TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_TAR_H_
// torch.save's format before torch 0.1.10: a tar archive of four members, read in place.
//
// Source: torch/serialization.py of PyTorch 2.13 (legacy_load); POSIX.1-2017 "ustar Interchange
// Format" for the tar.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/formats/tar_header.h>
#include <torchhub/archive/detail/legacy/tar_world.h>
#include <torchhub/archive/detail/pickle/whole_pickle.h>
#include <torchhub/archive/detail/tensors/tensor_table.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/zip/zip_end.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

namespace torchhub::archive::detail {

inline void read_legacy_tar(CheckpointContents& contents, const ReaderInput& input);

namespace legacy_tar_detail {

using Kind = Value::Kind;
using Bytes = std::span<const std::byte>;

inline constexpr std::size_t kBlock = 512;

inline std::string_view text_field(Bytes header, std::size_t offset, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(header.data()) + offset, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits, with blanks or NULs around them.
inline std::uint64_t octal_field(Bytes header, std::size_t offset, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(header.data()) + offset, size);
  std::size_t at = field.find_first_not_of(' ');
  std::uint64_t value = 0;
  bool any = false;
  for (; at < size && field[at] >= '0' && field[at] <= '7'; ++at) {
    value = value * 8 + static_cast<std::uint64_t>(field[at] - '0');
    any = true;
  }
  if (!any) throw_damaged("a tar header has a number that is none");
  return value;
}

inline bool has_right_checksum(Bytes header) {
  constexpr std::size_t kSumAt = 148;
  constexpr std::size_t kSumSize = 8;
  return tar_sums(header).plain == static_cast<std::int64_t>(octal_field(header, kSumAt, kSumSize));
}

struct Members {
  std::map<std::string, Bytes, std::less<>> by_name;

  Bytes get(std::string_view name) const {
    const auto found = by_name.find(name);
    if (found == by_name.end()) throw_damaged("the member '" + std::string(name) + "' is missing");
    return found->second;
  }
};

// A name that is one: any file with the right checksum begins as an archive.
inline std::string shown(std::string_view name) {
  const bool is_plain =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return is_plain && !name.empty() ? "'" + std::string(name) + "'" : "a file without a name";
}

inline Members read_members(Bytes archive) {
  constexpr std::array<std::string_view, 4> kNames = {"sys_info", "storages", "tensors", "pickle"};
  Members members;
  while (archive.size() >= kBlock) {
    const Bytes header = archive.first(kBlock);
    if (std::all_of(header.begin(), header.end(), [](std::byte b) { return b == std::byte{}; }))
      return members;
    if (!has_right_checksum(header)) throw_damaged("a tar header has a wrong checksum");
    std::string_view name = text_field(header, 0, 100);
    if (name.starts_with("./")) name.remove_prefix(2);
    const char type = static_cast<char>(header[156]);
    const bool is_folder = type == '5' && octal_field(header, 124, 12) == 0;
    const bool is_file = type == '0' || type == '\0';
    if (!is_folder && (!is_file || std::find(kNames.begin(), kNames.end(), name) == kNames.end()))
      throw_damaged("the tar archive holds " + shown(name) +
                    ", which is none of the four files of a checkpoint");
    const std::uint64_t size = octal_field(header, 124, 12);
    archive = archive.subspan(kBlock);
    if (size > archive.size()) throw_damaged("the member '" + std::string(name) + "' is cut off");
    const std::uint64_t padded = (size + kBlock - 1) / kBlock * kBlock;
    if (padded > archive.size()) throw_damaged("the tar archive is cut off");
    if (is_file &&
        !members.by_name.emplace(name, archive.first(static_cast<std::size_t>(size))).second)
      throw_damaged("the member '" + std::string(name) + "' is there twice");
    archive = archive.subspan(static_cast<std::size_t>(padded));
  }
  throw_damaged("the tar archive has no end");
}

class LegacyTar {
 public:
  LegacyTar(CheckpointContents& contents, const ReaderInput& input)
      : contents_(contents),
        input_(input),
        members_(read_members(input.bytes)),
        world_(contents.arena, input.world()) {}

  void read() {
    contents_.format = FileFormat::legacy_tar;
    if (ends_as_zip(input_.bytes)) throw_damaged("it is a zip archive as well, by its end");
    contents_.arena.allow(value_bytes_allowed(members_.get("pickle").size()));
    contents_.arena.allow(value_bytes_allowed(members_.get("tensors").size()));
    first_ = contents_.storages.size();
    read_storages();
    read_tensors();
    Bytes pickle = members_.get("pickle");
    if (pickle.size() > input_.max_pickle_bytes())
      throw Error(errc::limit_exceeded, "its pickle is longer than is allowed");
    const Value root =
        unpickle_whole(pickle, contents_.arena, world_, AfterPickle::no_second_pickle);
    world_.finish();
    add_tensors(contents_, world_, root, input_.prefix, first_);
    contents_.root = root;
  }

 private:
  // The tables' own pickles name storage and tensor types, and call nothing.
  Value next(Bytes& bytes) {
    const Unpickled pickle = unpickle(bytes, contents_.arena, world_);
    bytes = bytes.subspan(pickle.bytes);
    return pickle.root;
  }

  std::uint64_t count(Bytes& bytes) {
    const Value value = next(bytes);
    if (value.kind() != Kind::integer || value.integer() < 0)
      throw_damaged("a table has no length");
    return static_cast<std::uint64_t>(value.integer());
  }

  template <class T>
  T number(Bytes& bytes) {
    if (bytes.size() < sizeof(T)) throw_damaged("a table is cut off");
    const T value = load_little_endian<T>(bytes, 0);
    bytes = bytes.subspan(sizeof(T));
    return value;
  }

  void keep(Value key, Value object) {
    if (key.kind() != Kind::integer || !world_.objects.emplace(key.integer(), object).second)
      throw_damaged("a table has a key that is none, or that is there twice");
  }

  // (key, location, type), the number of elements, the elements; behind all, views of them.
  void read_storages() {
    Bytes bytes = members_.get("storages");
    for (std::uint64_t left = count(bytes); left > 0; --left) {
      const Value head = next(bytes);
      const auto parts = head.kind() == Kind::tuple ? head.items() : std::span<const Value>();
      const auto type =
          parts.size() == 3 && parts[1].kind() == Kind::string && parts[2].kind() == Kind::named
              ? storage_type(parts[2].string())
              : std::nullopt;
      if (!type || !type->dtype) throw_damaged("a storage is described by something else");
      const std::size_t item = item_bytes(*type->dtype);
      const auto elements = number<std::uint64_t>(bytes);
      if (elements > bytes.size() / item) throw_damaged("its storages are cut off");
      StorageReference storage;
      storage.key = contents_.arena.copy(std::to_string(parts[0].integer()));
      storage.location = parts[1].string();
      storage.dtype = type->dtype;
      storage.bytes = elements * item;
      const std::size_t index = world_.storage_table().number(storage, 0);
      keep(parts[0], world_.storage_table().add_view({index, 0, storage.bytes}));
      StoredBytes& stored = contents_.storages.emplace_back();
      stored.bytes = bytes.first(static_cast<std::size_t>(storage.bytes));
      stored.file = input_.file;
      stored.file_offset =
          input_.base + static_cast<std::uint64_t>(bytes.data() - input_.bytes.data());
      stored.location = storage.location;
      bytes = bytes.subspan(static_cast<std::size_t>(storage.bytes));
    }
    const Value views = next(bytes);
    if (views.kind() != Kind::list) throw_damaged("the views of its storages are no list");
    for (const Value view : views.items()) add_view(view);
    if (!bytes.empty()) throw_damaged("its storages go on after their end");
  }

  // (key, root's key, offset, numel)
  void add_view(Value view) {
    const auto parts = view.kind() == Kind::tuple ? view.items() : std::span<const Value>();
    const bool numbers =
        parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](Value part) {
          return part.kind() == Kind::integer && part.integer() >= 0;
        });
    const auto root = numbers ? world_.number_of(std::to_string(parts[1].integer()))
                              : std::optional<std::size_t>();
    if (!root) throw_damaged("a view of a storage is none");
    const StorageReference& storage = world_.storages()[*root];
    const std::size_t item = item_bytes(*storage.dtype);
    const auto first = product(static_cast<std::uint64_t>(parts[2].integer()), item);
    const auto bytes = product(static_cast<std::uint64_t>(parts[3].integer()), item);
    if (!first || !bytes || *first > storage.bytes || *bytes > storage.bytes - *first)
      throw_damaged("a view reaches beyond its storage");
    keep(parts[0], world_.storage_table().add_view({*root, *first, *bytes}));
  }

  // (key, storage's key, type), then the number of dimensions, sizes, strides and the offset.
  void read_tensors() {
    Bytes bytes = members_.get("tensors");
    for (std::uint64_t left = count(bytes); left > 0; --left) {
      const Value head = next(bytes);
      const auto parts = head.kind() == Kind::tuple ? head.items() : std::span<const Value>();
      if (parts.size() != 3 || parts[1].kind() != Kind::integer)
        throw_damaged("a tensor is described by something else");
      const auto storage = world_.objects.find(parts[1].integer());
      if (storage == world_.objects.end())
        throw_damaged("a tensor has a storage that is not there");
      const auto rank = number<std::uint32_t>(bytes);
      number<std::uint32_t>(bytes);  // the upper half of a rank that was once eight bytes
      if (rank > kMaxRank) throw_damaged("a tensor has too many dimensions");
      const Value sizes = numbers(bytes, rank);
      const Value strides = numbers(bytes, rank);
      const std::array<Value, 4> arguments = {
          storage->second, Value(Kind::integer, number<std::uint64_t>(bytes)), sizes, strides};
      keep(parts[0], world_.tensor_builder().rebuild_tensor(arguments, std::nullopt, 0));
    }
    if (!bytes.empty()) throw_damaged("its tensors go on after their end");
  }

  Value numbers(Bytes& bytes, std::size_t size) {
    auto* const items = contents_.arena.allocate<Value>(size);
    for (std::size_t i = 0; i < size; ++i)
      items[i] = Value(Kind::integer, number<std::uint64_t>(bytes));
    return {Kind::tuple, items, size};
  }

  CheckpointContents& contents_;
  const ReaderInput& input_;
  Members members_;
  TarWorld world_;
  std::size_t first_ = 0;
};

}  // namespace legacy_tar_detail

inline void read_legacy_tar(CheckpointContents& contents, const ReaderInput& input) {
  legacy_tar_detail::LegacyTar(contents, input).read();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_TAR_H_
