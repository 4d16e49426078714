#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_END_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_END_H_
// A zip's end records, where its reading begins: numbers are sections of PKWARE's APPNOTE.

#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/zip/zip_flaw.h>
#include <torchhub/archive/detail/zip/zip_layout.h>
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

inline constexpr std::uint16_t kMaxComment = 0xFFFF;

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
  const std::uint64_t comment = read_field(bytes, offset, zip_layout::End::comment_size);
  const std::uint64_t end_of_comment = offset + zip_layout::End::kBytes + comment;
  if (trailing == Trailing::refused ? end_of_comment != bytes.size()
                                    : end_of_comment > bytes.size())
    return std::nullopt;
  const auto disks = read_field(bytes, offset, zip_layout::End::disks);
  const auto entries_here = read_field(bytes, offset, zip_layout::End::entries_here);
  const auto entries = read_field(bytes, offset, zip_layout::End::entries);
  if (disks != 0 || entries_here != entries) return std::nullopt;
  ZipEnd end{entries, read_field(bytes, offset, zip_layout::End::directory_offset),
             read_field(bytes, offset, zip_layout::End::directory_size), offset,
             text_of(bytes.subspan(static_cast<std::size_t>(offset + zip_layout::End::kBytes),
                                   static_cast<std::size_t>(comment)))};

  if (offset >= zip_layout::Locator::kBytes &&
      has_signature(bytes, offset - zip_layout::Locator::kBytes, zip_layout::Locator::kBytes,
                    zip_layout::Locator::kSignature)) {
    const auto end64 =
        read_field(bytes, offset - zip_layout::Locator::kBytes, zip_layout::Locator::end_offset);
    if (!has_signature(bytes, end64, zip_layout::WideEnd::kBytes, zip_layout::WideEnd::kSignature))
      return std::nullopt;
    // Python's zipfile takes the record right before the locator, wherever that says it is.
    if (end64 + zip_layout::WideEnd::kBytes != offset - zip_layout::Locator::kBytes)
      return std::nullopt;
    const auto entries64 = read_field(bytes, end64, zip_layout::WideEnd::entries);
    const auto size64 = read_field(bytes, end64, zip_layout::WideEnd::directory_size);
    const auto offset64 = read_field(bytes, end64, zip_layout::WideEnd::directory_offset);
    const auto agrees = [](std::uint64_t narrow, std::uint64_t limit, std::uint64_t wide) {
      return narrow == limit || narrow == wide;
    };
    if (!agrees(end.entries, zip_layout::kIn64Bits16, entries64) ||
        !agrees(end.directory_size, zip_layout::kIn64Bits32, size64) ||
        !agrees(end.directory_offset, zip_layout::kIn64Bits32, offset64)) {
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
  const std::size_t at = tail.find(zip_layout::End::kText);
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  // Readers look for the last signature.
  if (at == tail.npos ||
      all.find(zip_layout::End::kText, static_cast<std::size_t>(first) + at + 1) != all.npos)
    return std::nullopt;
  return end_at(bytes, first + at, Trailing::passed_over);
}

}  // namespace zip_end_detail

inline Parsed<ZipEnd> find_zip_end(std::span<const std::byte> bytes, Trailing trailing) {
  if (bytes.size() < zip_layout::End::kBytes) return why_no_zip_end(bytes);
  const std::uint64_t last = bytes.size() - zip_layout::End::kBytes;
  const std::uint64_t first = last - std::min<std::uint64_t>(last, zip_end_detail::kMaxComment);
  // A view finds signatures many bytes at a time.
  const std::string_view tail(
      reinterpret_cast<const char*>(bytes.data()) + first,
      static_cast<std::size_t>(last - first) + zip_layout::End::kText.size());
  std::optional<ZipEnd> found;
  for (std::size_t at = tail.find(zip_layout::End::kText); at != tail.npos;
       at = tail.find(zip_layout::End::kText, at + 1)) {
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
  if (found->comment.find(zip_layout::End::kText) != std::string::npos) {
    return Flaw{errc::not_a_zip, found->offset,
                "the archive's comment holds another end-of-central-directory record"};
  }
  return *found;
}

inline bool ends_as_zip(std::span<const std::byte> file) {
  if (file.size() < zip_layout::End::kBytes) return false;
  const std::uint64_t last = file.size() - zip_layout::End::kBytes;
  const std::uint64_t first = last - std::min<std::uint64_t>(last, zip_end_detail::kMaxComment);
  const std::string_view tail(
      reinterpret_cast<const char*>(file.data()) + first,
      static_cast<std::size_t>(last - first) + zip_layout::End::kText.size());
  for (std::size_t at = tail.find(zip_layout::End::kText); at != tail.npos;
       at = tail.find(zip_layout::End::kText, at + 1)) {
    // Elements of tensors may look like a signature; not like a directory and its end as well. Where it
    // says that it begins does not matter: zipfile allows for what stands before an archive.
    const std::uint64_t offset = first + at;
    const auto size = read_field(file, offset, zip_layout::End::directory_size);
    const bool is_64_bit =
        offset >= zip_layout::Locator::kBytes &&
        zip_end_detail::has_signature(file, offset - zip_layout::Locator::kBytes,
                                      zip_layout::Locator::kBytes, zip_layout::Locator::kSignature);
    if (is_64_bit || size == 0 ||
        (size <= offset &&
         zip_end_detail::has_signature(file, offset - size, 4, zip_layout::Central::kSignature)))
      return true;
  }
  return false;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_END_H_
