#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_TORCH_ZIP_FORMAT_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_TORCH_ZIP_FORMAT_H_
// The headers of a zip archive as PyTorch's writer has them. Pure.
//
// Source: caffe2/serialize/inline_container.cc of PyTorch 2.13.

#include <torchhub/archive/detail/zip/zip_layout.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// An entry that is being written.
struct ZipEntryPlace {
  std::string name;
  std::uint64_t header_offset = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
};

namespace torch_zip_format_detail {

inline constexpr std::uint64_t kAlignment = 64;      // of PyTorchStreamWriter
inline constexpr std::uint64_t kVersion = 45;        // the first with ZIP64
inline constexpr std::uint16_t kPaddingId = 0x4246;  // "FB", PyTorch's own
inline constexpr std::uint32_t kInZip64 = zip_layout::kIn64Bits32;

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

inline std::uint64_t low32(std::uint64_t value) { return std::min<std::uint64_t>(value, kInZip64); }

inline bool needs_zip64(std::uint64_t value) { return value >= kInZip64; }

// What local and central header have in common, from "version needed" to the sizes.
inline Fields& common(Fields& fields, std::uint32_t crc, std::uint64_t size) {
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

}  // namespace torch_zip_format_detail

/// The header before an entry's data, padded so that they begin at a multiple of 64.
inline std::string local_header(const ZipEntryPlace& entry) {
  using namespace torch_zip_format_detail;
  const auto& [name, offset, size, crc] = entry;
  Fields extra;
  if (needs_zip64(size)) extra.u16(zip_layout::Extra::kZip64).u16(16).u64(size).u64(size);
  const std::uint64_t before =
      offset + zip_layout::Local::kBytes + name.size() + extra.bytes().size() + 4;
  const std::uint64_t padding = (kAlignment - before % kAlignment) % kAlignment;
  extra.u16(kPaddingId).u16(padding).text(std::string(padding, 'Z'));
  Fields header;
  common(header.u32(zip_layout::Local::kSignature), crc, size)
      .u16(name.size())
      .u16(extra.bytes().size());
  return header.text(name).text(extra.bytes()).bytes();
}

/// The entry's header in the central directory.
inline std::string central_header(const ZipEntryPlace& entry) {
  using namespace torch_zip_format_detail;
  Fields extra;
  if (needs_zip64(entry.size)) extra.u64(entry.size).u64(entry.size);
  if (needs_zip64(entry.header_offset)) extra.u64(entry.header_offset);
  Fields wrapped;
  if (!extra.bytes().empty())
    wrapped.u16(zip_layout::Extra::kZip64).u16(extra.bytes().size()).text(extra.bytes());
  Fields header;
  common(header.u32(zip_layout::Central::kSignature).u16(kVersion), entry.crc, entry.size)
      .u16(entry.name.size())
      .u16(wrapped.bytes().size())
      .u16(0)
      .u16(0)
      .u16(0)
      .u32(0)
      .u32(low32(entry.header_offset))
      .text(entry.name)
      .text(wrapped.bytes());
  return header.bytes();
}

/// The end records of a directory of `directory_bytes` that lies at `directory`, right before them.
inline std::string end_records(std::uint64_t count, std::uint64_t directory,
                               std::uint64_t directory_bytes) {
  using namespace torch_zip_format_detail;
  // A wide end record says how much of it stands behind its size.
  constexpr std::uint64_t kBehindSize = zip_layout::WideEnd::kBytes - 12;
  Fields end;
  constexpr std::uint64_t kMost16 = zip_layout::kIn64Bits16;
  if (count >= kMost16 || needs_zip64(directory) || needs_zip64(directory_bytes)) {
    end.u32(zip_layout::WideEnd::kSignature)
        .u64(kBehindSize)
        .u16(kVersion)
        .u16(kVersion)
        .u32(0)
        .u32(0);
    end.u64(count).u64(count).u64(directory_bytes).u64(directory);
    end.u32(zip_layout::Locator::kSignature).u32(0).u64(directory + directory_bytes).u32(1);
  }
  end.u32(zip_layout::End::kSignature)
      .u16(0)
      .u16(0)
      .u16(std::min(count, kMost16))
      .u16(std::min(count, kMost16));
  end.u32(low32(directory_bytes)).u32(low32(directory)).u16(0);
  return end.bytes();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_TORCH_ZIP_FORMAT_H_
