#ifndef TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_READER_H_
#define TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_READER_H_
// Reads safetensors files: a length, a JSON header, and bytes.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/contents/other_readings.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/formats/safetensors_limits.h>
#include <torchhub/archive/detail/pickle/pickle_outline.h>
#include <torchhub/archive/detail/safetensors/safetensors_header.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace torchhub::archive::detail {

inline void read_safetensors(CheckpointContents& contents, const ReaderInput& input);

namespace safetensors_reader_detail {

// Sorted by their place, the tensors leave no gap and do not overlap: bytes that nobody names could
// be another file.
inline void check_places(const std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  const auto before = [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  };
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!std::is_sorted(entries.begin(), entries.end(), before)) {
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return before(entries[a], entries[b]); });
  }
  std::uint64_t end = 0;
  for (const std::size_t i : order) {
    if (entries[i].begin != end)
      throw_damaged("the bytes of '" + std::string(entries[i].name) +
                    "' overlap another tensor's, or leave a gap");
    end = entries[i].end;
  }
  if (end != data_bytes) {
    throw_damaged(std::string(end > data_bytes ? "it is truncated: " : "") + "it has " +
                  std::to_string(data_bytes) + " bytes of data where its header says " +
                  std::to_string(end));
  }
}

// Behind the tensors, those that __metadata__ names for one of them.
inline void add_aliases(CheckpointContents& contents, std::size_t first, Value metadata) {
  if (metadata.kind() != Value::Kind::dict) return;
  NameIndex index(contents.tensors.size() - first);
  for (std::size_t i = first; i < contents.tensors.size(); ++i)
    index.insert(contents.tensors[i].name, static_cast<std::uint32_t>(i));
  for (const auto& [alias, name] : metadata.entries()) {
    const auto kept = index.find(name.string());
    if (!kept || index.find(alias.string())) continue;
    const TensorInfo twin = contents.tensors[*kept];
    contents.tensors.push_back(twin);
    contents.tensors.back().name = alias.string();
  }
}

}  // namespace safetensors_reader_detail

inline void read_safetensors(CheckpointContents& contents, const ReaderInput& input) {
  contents.format = FileFormat::safetensors;
  refuse_other_archives(input);
  refuse_pickle(input);
  if (input.bytes.size() < 8) throw_damaged("it is too short for a safetensors file");
  const auto header_bytes = load_little_endian<std::uint64_t>(input.bytes, 0);
  if (header_bytes > kMaxSafetensorsHeaderBytes)
    throw_damaged("its safetensors header is longer than 100 MB");
  if (header_bytes > input.bytes.size() - 8)
    throw_damaged("it is truncated: of the " + std::to_string(header_bytes) +
                  " bytes of its safetensors header it has " +
                  std::to_string(input.bytes.size() - 8));
  if (input.compressed_bytes != 0 && header_bytes > input.max_pickle_bytes())
    throw Error(errc::limit_exceeded, "its header is inflated out of proportion");
  const std::string_view text(reinterpret_cast<const char*>(input.bytes.data()) + 8,
                              static_cast<std::size_t>(header_bytes));
  contents.arena.allow(value_bytes_allowed(text.size()));
  const SafetensorsHeader header = parse_safetensors_header(text, contents.arena);
  const auto data = input.bytes.subspan(8 + static_cast<std::size_t>(header_bytes));
  safetensors_reader_detail::check_places(header.entries, data.size());

  const std::size_t first = contents.storages.size();
  contents.storages.resize(first + header.entries.size());
  contents.tensors.reserve(contents.tensors.size() + header.entries.size());
  for (std::size_t i = 0; i < header.entries.size(); ++i) {
    const SafetensorsEntry& entry = header.entries[i];
    StoredBytes& stored = contents.storages[first + i];
    stored.bytes = data.subspan(static_cast<std::size_t>(entry.begin),
                                static_cast<std::size_t>(entry.end - entry.begin));
    stored.file = input.file;
    stored.file_offset = input.base + 8 + header_bytes + entry.begin;
    stored.location = "cpu";
    TensorInfo& tensor = contents.tensors.emplace_back();
    tensor.name = entry.name;
    tensor.dtype = entry.dtype;
    tensor.shape = entry.shape;
    tensor.stride = entry.stride;
    tensor.storage = first + i;
    tensor.file = input.file;
    tensor.file_offset = stored.file_offset;
  }

  if (input.options.aliases())
    safetensors_reader_detail::add_aliases(
        contents, contents.tensors.size() - header.entries.size(), header.metadata);

  auto* const root = contents.arena.make<Mapping>();
  if (header.metadata.kind() == Value::Kind::dict) {
    constexpr std::string_view kName = "__metadata__";
    root->entries = contents.arena.make<std::pair<Value, Value>>(
        Value(Value::Kind::string, kName.data(), kName.size()), header.metadata);
    root->size = root->capacity = 1;
  }
  contents.root = Value(Value::Kind::dict, root, 0);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_READER_H_
