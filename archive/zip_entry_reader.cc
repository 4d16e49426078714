#include <torchhub/archive/zip_entry_reader.h>

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

namespace torchhub::archive {
namespace {

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

void compare_crc(const ZipEntry& entry, std::uint32_t crc) {
  // 0 on a non-empty entry: torch.save was told not to compute it.
  if (crc != entry.crc32 && entry.crc32 != 0)
    throw Error(errc::crc_mismatch, quoted(entry.name) + " has a wrong CRC-32");
}

}  // namespace

void check_crc(std::span<const std::byte> archive, const ZipEntry& entry) {
  const auto bytes = raw_bytes(archive, entry);
  compare_crc(entry, static_cast<std::uint32_t>(
                         crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())));
}

struct ZipEntryReader::Inflater {
  z_stream stream{};
  bool ended = false;

  Inflater() {
    // Negative: raw deflate, without zlib's header.
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

ZipEntryReader::ZipEntryReader(std::span<const std::byte> archive, const ZipEntry& entry)
    : entry_(entry), input_(raw_bytes(archive, entry)) {
  if (entry.deflated) inflater_ = std::make_unique<Inflater>();
}

ZipEntryReader::~ZipEntryReader() = default;

std::size_t ZipEntryReader::read(std::span<std::byte> piece) {
  constexpr std::size_t kZlibLimit = std::numeric_limits<uInt>::max();
  std::size_t got = 0;
  if (!inflater_) {
    got = std::min(piece.size(), input_.size());
    if (got > 0) std::memcpy(piece.data(), input_.data(), got);
    input_ = input_.subspan(got);
  } else {
    while (got == 0 && !inflater_->ended) {
      z_stream& stream = inflater_->stream;
      const auto in = static_cast<uInt>(std::min(input_.size(), kZlibLimit));
      const auto out = static_cast<uInt>(std::min(piece.size(), kZlibLimit));
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input_.data()));
      stream.avail_in = in;
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = out;
      const int outcome = inflate(&stream, Z_NO_FLUSH);
      input_ = input_.subspan(in - stream.avail_in);
      got = out - stream.avail_out;
      inflater_->ended = outcome == Z_STREAM_END;
      if (outcome != Z_OK && outcome != Z_STREAM_END) {
        throw Error(errc::damaged_zip, quoted(entry_.name) + " holds data that cannot be inflated");
      }
    }
  }
  produced_ += got;
  if (produced_ > entry_.size || (got == 0 && (produced_ != entry_.size || !input_.empty()))) {
    throw Error(errc::damaged_zip, quoted(entry_.name) + " does not have the " +
                                       std::to_string(entry_.size) +
                                       " bytes that the directory says");
  }
  if (got > 0) {
    crc32_ = static_cast<std::uint32_t>(
        crc32_z(crc32_, reinterpret_cast<const Bytef*>(piece.data()), got));
  } else {
    compare_crc(entry_, crc32_);
  }
  return got;
}

void read_entry(std::span<const std::byte> archive, const ZipEntry& entry,
                std::span<std::byte> target) {
  ZipEntryReader reader(archive, entry);
  std::size_t filled = 0;
  while (filled < target.size()) {
    const std::size_t got = reader.read(target.subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  // Once more, for the check at the end.
  std::byte beyond;
  reader.read({&beyond, 1});
}

std::vector<std::byte> read_entry(std::span<const std::byte> archive, const ZipEntry& entry,
                                  std::uint64_t max_bytes, std::uint64_t freely) {
  if (entry.size > max_bytes) {
    throw Error(errc::limit_exceeded, quoted(entry.name) + " has " + std::to_string(entry.size) +
                                          " bytes, more than the " + std::to_string(max_bytes) +
                                          " that are allowed");
  }
  if (entry.deflated && entry.size > inflated_bytes_allowed(entry.compressed_size, freely)) {
    throw Error(errc::limit_exceeded, quoted(entry.name) + " would be inflated from " +
                                          std::to_string(entry.compressed_size) + " bytes to " +
                                          std::to_string(entry.size) +
                                          ", which is out of proportion");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(entry.size));
  read_entry(archive, entry, bytes);
  return bytes;
}

}  // namespace torchhub::archive
