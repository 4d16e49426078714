#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_END_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_END_H_
// A zip's end records, where its reading begins: numbers are sections of PKWARE's APPNOTE.

#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/zip/zip_flaw.h>
#include <torchhub/archive/error.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

/// Where the central directory lies, from the end record or its 64-bit form.
struct ZipEnd {
  std::uint64_t entries;
  std::uint64_t directory_offset;
  std::uint64_t directory_size;
  std::uint64_t offset;  ///< of the first of the end records
  std::string comment;
};

/// Whether bytes may follow the end record and its comment, as torch, zipfile and unzip have it.
enum class Trailing { refused, passed_over };

/// The one end record that fits the file; errc::not_a_zip if there is none, or more than one. What is
/// passed over has at most 65,535 bytes, and no end record's signature is in it.
inline Parsed<ZipEnd> find_zip_end(std::span<const std::byte> archive,
                                   Trailing trailing = Trailing::refused);

/// Whether zipfile would take a file for a zip archive by its end, whatever it begins with: torch.hub
/// unpacks such a checkpoint and loads what is in it.
inline bool ends_as_zip(std::span<const std::byte> file);

namespace zip_end_detail {

using Bytes = std::span<const std::byte>;

inline constexpr std::uint32_t kZip64EndSignature = 0x06064b50;      // 4.3.14
inline constexpr std::uint32_t kZip64LocatorSignature = 0x07064b50;  // 4.3.15
inline constexpr std::string_view kEndSignature = "PK\x05\x06";      // 4.3.16
inline constexpr std::uint64_t kEndBytes = 22;
inline constexpr std::uint64_t kZip64EndBytes = 56;
inline constexpr std::uint64_t kZip64LocatorBytes = 20;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;  // 4.3.12
inline constexpr std::uint16_t kMaxComment = 0xFFFF;

inline constexpr std::uint16_t kIn64Bits16 = 0xFFFF;
inline constexpr std::uint32_t kIn64Bits32 = 0xFFFFFFFF;

inline std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool has_signature(Bytes bytes, std::uint64_t offset, std::uint64_t size,
                          std::uint32_t signature) {
  return offset <= bytes.size() && size <= bytes.size() - offset &&
         load_little_endian<std::uint32_t>(bytes, offset) == signature;
}

// The end record at `offset`, where its signature is, if its comment ends with the file (or before,
// where something may trail it) and its directory where the end records begin.
inline std::optional<ZipEnd> end_at(Bytes bytes, std::uint64_t offset, Trailing trailing) {
  const std::uint64_t comment = load_little_endian<std::uint16_t>(bytes, offset + 20);
  const std::uint64_t end_of_comment = offset + kEndBytes + comment;
  if (trailing == Trailing::refused ? end_of_comment != bytes.size()
                                    : end_of_comment > bytes.size())
    return std::nullopt;
  const auto disks = load_little_endian<std::uint32_t>(bytes, offset + 4);
  const auto entries_here = load_little_endian<std::uint16_t>(bytes, offset + 8);
  const auto entries = load_little_endian<std::uint16_t>(bytes, offset + 10);
  if (disks != 0 || entries_here != entries) return std::nullopt;
  ZipEnd end{entries, load_little_endian<std::uint32_t>(bytes, offset + 16),
             load_little_endian<std::uint32_t>(bytes, offset + 12), offset,
             text_of(bytes.subspan(static_cast<std::size_t>(offset + kEndBytes),
                                   static_cast<std::size_t>(comment)))};

  if (offset >= kZip64LocatorBytes && has_signature(bytes, offset - kZip64LocatorBytes,
                                                    kZip64LocatorBytes, kZip64LocatorSignature)) {
    const auto end64 = load_little_endian<std::uint64_t>(bytes, offset - kZip64LocatorBytes + 8);
    if (!has_signature(bytes, end64, kZip64EndBytes, kZip64EndSignature)) return std::nullopt;
    // Python's zipfile takes the record right before the locator, wherever that says it is.
    if (end64 + kZip64EndBytes != offset - kZip64LocatorBytes) return std::nullopt;
    const auto entries64 = load_little_endian<std::uint64_t>(bytes, end64 + 32);
    const auto size64 = load_little_endian<std::uint64_t>(bytes, end64 + 40);
    const auto offset64 = load_little_endian<std::uint64_t>(bytes, end64 + 48);
    const auto agrees = [](std::uint64_t narrow, std::uint64_t limit, std::uint64_t wide) {
      return narrow == limit || narrow == wide;
    };
    if (!agrees(end.entries, kIn64Bits16, entries64) ||
        !agrees(end.directory_size, kIn64Bits32, size64) ||
        !agrees(end.directory_offset, kIn64Bits32, offset64)) {
      return std::nullopt;
    }
    end.entries = entries64;
    end.directory_size = size64;
    end.directory_offset = offset64;
    end.offset = end64;
  }
  if (end.directory_offset > end.offset || end.directory_size != end.offset - end.directory_offset)
    return std::nullopt;
  return end;
}

// The only end record within reach that what trails the archive leaves room for.
inline std::optional<ZipEnd> end_before_the_end(Bytes bytes, std::uint64_t first,
                                                std::string_view tail) {
  const std::size_t at = tail.find(kEndSignature);
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  // Readers look for the last signature.
  if (at == tail.npos ||
      all.find(kEndSignature, static_cast<std::size_t>(first) + at + 1) != all.npos)
    return std::nullopt;
  return end_at(bytes, first + at, Trailing::passed_over);
}

}  // namespace zip_end_detail

inline Parsed<ZipEnd> find_zip_end(std::span<const std::byte> bytes, Trailing trailing) {
  if (bytes.size() < zip_end_detail::kEndBytes) return why_no_zip_end(bytes);
  const std::uint64_t last = bytes.size() - zip_end_detail::kEndBytes;
  const std::uint64_t first = last - std::min<std::uint64_t>(last, zip_end_detail::kMaxComment);
  // A view finds signatures many bytes at a time.
  const std::string_view tail(
      reinterpret_cast<const char*>(bytes.data()) + first,
      static_cast<std::size_t>(last - first) + zip_end_detail::kEndSignature.size());
  std::optional<ZipEnd> found;
  for (std::size_t at = tail.find(zip_end_detail::kEndSignature); at != tail.npos;
       at = tail.find(zip_end_detail::kEndSignature, at + 1)) {
    const std::uint64_t offset = first + at;
    std::optional<ZipEnd> end = zip_end_detail::end_at(bytes, offset, Trailing::refused);
    if (!end) continue;
    if (found)
      return Flaw{errc::not_a_zip, offset, "two end-of-central-directory records fit this file"};
    found = std::move(end);
  }
  if (!found && trailing == Trailing::passed_over)
    found = zip_end_detail::end_before_the_end(bytes, first, tail);
  if (!found) return why_no_zip_end(bytes);
  // Readers that look for the last signature would take this one.
  if (found->comment.find(zip_end_detail::kEndSignature) != std::string::npos) {
    return Flaw{errc::not_a_zip, found->offset,
                "the archive's comment holds another end-of-central-directory record"};
  }
  return *found;
}

inline bool ends_as_zip(std::span<const std::byte> file) {
  if (file.size() < zip_end_detail::kEndBytes) return false;
  const std::uint64_t last = file.size() - zip_end_detail::kEndBytes;
  const std::uint64_t first = last - std::min<std::uint64_t>(last, zip_end_detail::kMaxComment);
  const std::string_view tail(
      reinterpret_cast<const char*>(file.data()) + first,
      static_cast<std::size_t>(last - first) + zip_end_detail::kEndSignature.size());
  for (std::size_t at = tail.find(zip_end_detail::kEndSignature); at != tail.npos;
       at = tail.find(zip_end_detail::kEndSignature, at + 1)) {
    // Elements of tensors may look like a signature; not like a directory and its end as well. Where it
    // says that it begins does not matter: zipfile allows for what stands before an archive.
    const std::uint64_t offset = first + at;
    const auto size = load_little_endian<std::uint32_t>(file, offset + 12);
    const bool is_64_bit =
        offset >= zip_end_detail::kZip64LocatorBytes &&
        zip_end_detail::has_signature(file, offset - zip_end_detail::kZip64LocatorBytes,
                                      zip_end_detail::kZip64LocatorBytes,
                                      zip_end_detail::kZip64LocatorSignature);
    if (is_64_bit || size == 0 ||
        (size <= offset &&
         zip_end_detail::has_signature(file, offset - size, 4, zip_end_detail::kCentralSignature)))
      return true;
  }
  return false;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_END_H_
