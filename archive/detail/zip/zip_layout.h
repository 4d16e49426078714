#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_LAYOUT_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_LAYOUT_H_
// Where the fields of a zip archive's records lie. Numbers are sections of
// APPNOTE.TXT 6.3.10.
//
//   const auto size = read_field(bytes, offset, zip_layout::Central::size);

#include <torchhub/archive/detail/bytes/little_endian.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// A number in a record, by its width and its distance from the record's
/// beginning.
template <std::unsigned_integral T>
struct Field {
  std::size_t offset;
};

/// The field of the record at `record`; the caller has made sure that it lies
/// inside `bytes`.
template <std::unsigned_integral T>
T read_field(std::span<const std::byte> bytes, std::uint64_t record, Field<T> field) {
  return load_little_endian<T>(bytes, record + field.offset);
}

namespace zip_layout {

using U16 = Field<std::uint16_t>;
using U32 = Field<std::uint32_t>;
using U64 = Field<std::uint64_t>;

/// All ones, where a record of 64 bits has the number.
inline constexpr std::uint16_t kIn64Bits16 = 0xFFFF;
inline constexpr std::uint32_t kIn64Bits32 = 0xFFFFFFFF;

inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;

/// 4.3.7, before its name and its extra field.
struct Local {
  static constexpr std::uint32_t kSignature = 0x04034b50;
  static constexpr std::string_view kText{"PK\x03\x04", 4};
  static constexpr std::uint64_t kBytes = 30;
  static constexpr U32 signature{0};
  static constexpr U16 flags{6};
  static constexpr U16 method{8};
  static constexpr U32 crc32{14};
  static constexpr U32 compressed_size{18};
  static constexpr U32 size{22};
  static constexpr U16 name_size{26};
  static constexpr U16 extra_size{28};
};

/// 4.3.12, before its name, its extra field and its comment.
struct Central {
  static constexpr std::uint32_t kSignature = 0x02014b50;
  static constexpr std::uint64_t kBytes = 46;
  static constexpr U32 signature{0};
  static constexpr U16 made_by{4};  // the system in the upper byte
  static constexpr U16 flags{8};
  static constexpr U16 method{10};
  static constexpr U32 crc32{16};
  static constexpr U32 compressed_size{20};
  static constexpr U32 size{24};
  static constexpr U16 name_size{28};
  static constexpr U16 extra_size{30};
  static constexpr U16 comment_size{32};
  static constexpr U16 disk{34};
  static constexpr U32 attributes{38};
  static constexpr U32 header_offset{42};
};

/// 4.5.1: each part of an extra field, before its data.
struct Extra {
  static constexpr std::uint16_t kZip64 = 1;  // 4.5.3
  static constexpr std::size_t kBytes = 4;
  static constexpr U16 id{0};
  static constexpr U16 size{2};
};

/// 4.3.9, without the signature that some writers leave out, with sizes of four
/// bytes.
struct Descriptor {
  static constexpr std::uint32_t kSignature = 0x08074b50;
  static constexpr std::size_t kSignatureBytes = 4;
  static constexpr std::size_t kBytes = 12;
  static constexpr U32 crc32{0};
  static constexpr U32 compressed_size{4};
  static constexpr U32 size{8};
};

/// The same with sizes of eight bytes.
struct WideDescriptor {
  static constexpr std::size_t kBytes = 20;
  static constexpr U64 compressed_size{4};
  static constexpr U64 size{12};
};

/// 4.3.14, as far as all of them have it.
struct WideEnd {
  static constexpr std::uint32_t kSignature = 0x06064b50;
  static constexpr std::uint64_t kBytes = 56;
  static constexpr U32 signature{0};
  static constexpr U64 entries{32};
  static constexpr U64 directory_size{40};
  static constexpr U64 directory_offset{48};
};

/// 4.3.15
struct Locator {
  static constexpr std::uint32_t kSignature = 0x07064b50;
  static constexpr std::string_view kText{"PK\x06\x07", 4};
  static constexpr std::uint64_t kBytes = 20;
  static constexpr U32 signature{0};
  static constexpr U64 end_offset{8};
};

/// 4.3.16, before its comment.
struct End {
  static constexpr std::uint32_t kSignature = 0x06054b50;
  static constexpr std::string_view kText{"PK\x05\x06", 4};
  static constexpr std::uint64_t kBytes = 22;
  static constexpr U32 disks{4};  // two numbers of two bytes, both 0 of an archive in one piece
  static constexpr U16 entries_here{8};
  static constexpr U16 entries{10};
  static constexpr U32 directory_size{12};
  static constexpr U32 directory_offset{16};
  static constexpr U16 comment_size{20};
};

}  // namespace zip_layout

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_LAYOUT_H_
