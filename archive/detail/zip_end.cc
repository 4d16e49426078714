#include <torchhub/archive/detail/little_endian.h>
#include <torchhub/archive/detail/zip_end.h>
#include <torchhub/archive/detail/zip_flaw.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kZip64EndSignature = 0x06064b50;      // 4.3.14
constexpr std::uint32_t kZip64LocatorSignature = 0x07064b50;  // 4.3.15
constexpr std::string_view kEndSignature = "PK\x05\x06";      // 4.3.16
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kZip64EndBytes = 56;
constexpr std::uint64_t kZip64LocatorBytes = 20;
constexpr std::uint32_t kCentralSignature = 0x02014b50;  // 4.3.12
constexpr std::uint16_t kMaxComment = 0xFFFF;

constexpr std::uint16_t kIn64Bits16 = 0xFFFF;
constexpr std::uint32_t kIn64Bits32 = 0xFFFFFFFF;

std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool has_signature(Bytes bytes, std::uint64_t offset, std::uint64_t size, std::uint32_t signature) {
  return offset <= bytes.size() && size <= bytes.size() - offset &&
         load_little_endian<std::uint32_t>(bytes, offset) == signature;
}

// The end record at `offset`, where its signature is, if its comment ends with the file (or before,
// where something may trail it) and its directory where the end records begin.
std::optional<ZipEnd> end_at(Bytes bytes, std::uint64_t offset, Trailing trailing) {
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
std::optional<ZipEnd> end_before_the_end(Bytes bytes, std::uint64_t first, std::string_view tail) {
  const std::size_t at = tail.find(kEndSignature);
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  // Readers look for the last signature.
  if (at == tail.npos ||
      all.find(kEndSignature, static_cast<std::size_t>(first) + at + 1) != all.npos)
    return std::nullopt;
  return end_at(bytes, first + at, Trailing::passed_over);
}

}  // namespace

Parsed<ZipEnd> find_zip_end(Bytes bytes, Trailing trailing) {
  if (bytes.size() < kEndBytes) return why_no_zip_end(bytes);
  const std::uint64_t last = bytes.size() - kEndBytes;
  const std::uint64_t first = last - std::min<std::uint64_t>(last, kMaxComment);
  // A view finds signatures many bytes at a time.
  const std::string_view tail(reinterpret_cast<const char*>(bytes.data()) + first,
                              static_cast<std::size_t>(last - first) + kEndSignature.size());
  std::optional<ZipEnd> found;
  for (std::size_t at = tail.find(kEndSignature); at != tail.npos;
       at = tail.find(kEndSignature, at + 1)) {
    const std::uint64_t offset = first + at;
    std::optional<ZipEnd> end = end_at(bytes, offset, Trailing::refused);
    if (!end) continue;
    if (found)
      return Flaw{errc::not_a_zip, offset, "two end-of-central-directory records fit this file"};
    found = std::move(end);
  }
  if (!found && trailing == Trailing::passed_over) found = end_before_the_end(bytes, first, tail);
  if (!found) return why_no_zip_end(bytes);
  // Readers that look for the last signature would take this one.
  if (found->comment.find(kEndSignature) != std::string::npos) {
    return Flaw{errc::not_a_zip, found->offset,
                "the archive's comment holds another end-of-central-directory record"};
  }
  return *found;
}

bool ends_as_zip(Bytes file) {
  if (file.size() < kEndBytes) return false;
  const std::uint64_t last = file.size() - kEndBytes;
  const std::uint64_t first = last - std::min<std::uint64_t>(last, kMaxComment);
  const std::string_view tail(reinterpret_cast<const char*>(file.data()) + first,
                              static_cast<std::size_t>(last - first) + kEndSignature.size());
  for (std::size_t at = tail.find(kEndSignature); at != tail.npos;
       at = tail.find(kEndSignature, at + 1)) {
    // Elements of tensors may look like a signature; not like a directory and its end as well. Where it
    // says that it begins does not matter: zipfile allows for what stands before an archive.
    const std::uint64_t offset = first + at;
    const auto size = load_little_endian<std::uint32_t>(file, offset + 12);
    const bool is_64_bit =
        offset >= kZip64LocatorBytes && has_signature(file, offset - kZip64LocatorBytes,
                                                      kZip64LocatorBytes, kZip64LocatorSignature);
    if (is_64_bit || size == 0 ||
        (size <= offset && has_signature(file, offset - size, 4, kCentralSignature)))
      return true;
  }
  return false;
}

}  // namespace torchhub::archive::detail
