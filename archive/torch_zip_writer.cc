#include <torchhub/archive/detail/state_dict_pickle.h>
#include <torchhub/archive/torch_zip_writer.h>

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace torchhub::archive {
namespace {

constexpr std::uint64_t kAlignment = 64;  // of PyTorchStreamWriter
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::uint16_t kPaddingId = 0x4246;  // "FB", PyTorch's own
constexpr std::uint32_t kInZip64 = std::numeric_limits<std::uint32_t>::max();

// Sections 4.3 and 4.5 of PKWARE's APPNOTE: fixed-size little-endian fields, one after the other.
class Fields {
 public:
  Fields& u16(std::uint64_t value) { return put(value, 2); }
  Fields& u32(std::uint64_t value) { return put(value, 4); }
  Fields& u64(std::uint64_t value) { return put(value, 8); }
  Fields& text(std::string_view value) {
    text_ += value;
    return *this;
  }
  const std::string& bytes() const { return text_; }

 private:
  Fields& put(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> (8 * i) & 0xFF);
    return *this;
  }

  std::string text_;
};

std::uint64_t low32(std::uint64_t value) { return std::min<std::uint64_t>(value, kInZip64); }

bool needs_zip64(std::uint64_t value) { return value >= kInZip64; }

// What local and central header have in common, from "version needed" to the sizes.
Fields& common(Fields& fields, std::uint32_t crc, std::uint64_t size) {
  constexpr std::uint64_t kVersion = 45;  // ZIP64
  constexpr std::uint64_t kFirstOfJanuary1980 = 0x21;
  return fields.u16(kVersion)
      .u16(0)
      .u16(0)
      .u16(0)
      .u16(kFirstOfJanuary1980)
      .u32(crc)
      .u32(low32(size))
      .u32(low32(size));
}

std::string local_header(const std::string& name, std::uint64_t offset, std::uint64_t size,
                         std::uint32_t crc) {
  Fields extra;
  if (needs_zip64(size)) extra.u16(1).u16(16).u64(size).u64(size);
  const std::uint64_t before = offset + kLocalHeaderBytes + name.size() + extra.bytes().size() + 4;
  const std::uint64_t padding = (kAlignment - before % kAlignment) % kAlignment;
  extra.u16(kPaddingId).u16(padding).text(std::string(padding, 'Z'));
  Fields header;
  common(header.u32(0x04034B50), crc, size).u16(name.size()).u16(extra.bytes().size());
  return header.text(name).text(extra.bytes()).bytes();
}

}  // namespace

TorchZipWriter::TorchZipWriter(const std::filesystem::path& path,
                               const std::vector<TorchZipTensor>& tensors,
                               std::vector<std::uint64_t> storage_bytes, ReadOnlyFile read_only)
    : storage_bytes_(std::move(storage_bytes)), file_(path, read_only) {
  std::string pickle;
  try {
    pickle = detail::pickle_state_dict(tensors, storage_bytes_);
  } catch (const Error& error) {
    throw Error(error.code(), path.string() + ": " + error.what());
  }
  write_entry("data.pkl", pickle);
  write_entry("byteorder", "little");
  begin_storages();
}

void TorchZipWriter::append(std::string_view bytes) {
  file_.write_at(std::as_bytes(std::span(bytes)), at_);
  at_ += bytes.size();
}

void TorchZipWriter::begin_entry(std::string name, std::uint64_t size) {
  entries_.push_back({"archive/" + std::move(name), at_, size, 0});
  entry_left_ = size;
  at_ += local_header(entries_.back().name, at_, size, 0).size();
}

void TorchZipWriter::append_data(std::span<const std::byte> bytes) {
  Entry& entry = entries_.back();
  entry.crc = static_cast<std::uint32_t>(
      ::crc32_z(entry.crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  file_.write_at(bytes, at_);
  at_ += bytes.size();
  entry_left_ -= bytes.size();
}

// The header stands before what its CRC is of.
void TorchZipWriter::end_entry() {
  const Entry& entry = entries_.back();
  const std::string header = local_header(entry.name, entry.header_offset, entry.size, entry.crc);
  file_.write_at(std::as_bytes(std::span(header)), entry.header_offset);
}

void TorchZipWriter::write_entry(std::string name, std::string_view content) {
  begin_entry(std::move(name), content.size());
  append_data(std::as_bytes(std::span(content)));
  end_entry();
}

// Opens the entry of the next storage that has bytes.
void TorchZipWriter::begin_storages() {
  while (storage_ < storage_bytes_.size()) {
    begin_entry("data/" + std::to_string(storage_), storage_bytes_[storage_]);
    if (entry_left_ > 0) return;
    end_entry();
    ++storage_;
  }
}

void TorchZipWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (storage_ == storage_bytes_.size())
      throw Error(errc::damaged_checkpoint,
                  file_.path().string() + ": is given more bytes than its storages have");
    const auto part =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(entry_left_, bytes.size())));
    append_data(part);
    bytes = bytes.subspan(part.size());
    if (entry_left_ > 0) continue;
    end_entry();
    ++storage_;
    begin_storages();
  }
}

void TorchZipWriter::publish() {
  if (storage_ < storage_bytes_.size())
    throw Error(errc::damaged_checkpoint, file_.path().string() + ": storage " +
                                              std::to_string(storage_) + " lacks " +
                                              std::to_string(entry_left_) + " bytes");
  write_entry("version", "3\n");
  const std::uint64_t directory = at_;
  for (const Entry& entry : entries_) {
    Fields extra;
    if (needs_zip64(entry.size)) extra.u64(entry.size).u64(entry.size);
    if (needs_zip64(entry.header_offset)) extra.u64(entry.header_offset);
    Fields wrapped;
    if (!extra.bytes().empty()) wrapped.u16(1).u16(extra.bytes().size()).text(extra.bytes());
    Fields header;
    common(header.u32(0x02014B50).u16(45), entry.crc, entry.size)
        .u16(entry.name.size())
        .u16(wrapped.bytes().size())
        .u16(0)
        .u16(0)
        .u16(0)
        .u32(0)
        .u32(low32(entry.header_offset))
        .text(entry.name)
        .text(wrapped.bytes());
    append(header.bytes());
  }
  const std::uint64_t directory_bytes = at_ - directory;
  const std::uint64_t count = entries_.size();
  Fields end;
  constexpr std::uint64_t kMost16 = 0xFFFF;
  if (count >= kMost16 || needs_zip64(directory) || needs_zip64(directory_bytes)) {
    end.u32(0x06064B50).u64(44).u16(45).u16(45).u32(0).u32(0);
    end.u64(count).u64(count).u64(directory_bytes).u64(directory);
    end.u32(0x07064B50).u32(0).u64(at_).u32(1);
  }
  end.u32(0x06054B50).u16(0).u16(0).u16(std::min(count, kMost16)).u16(std::min(count, kMost16));
  end.u32(low32(directory_bytes)).u32(low32(directory)).u16(0);
  append(end.bytes());
  file_.publish();
}

}  // namespace torchhub::archive
