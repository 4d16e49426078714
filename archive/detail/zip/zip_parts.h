#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_PARTS_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_PARTS_H_
// read_zip_directory() in its two steps, for who has something else to do during the second.

#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/bytes/utf8.h>
#include <torchhub/archive/detail/zip/zip_end.h>
#include <torchhub/archive/detail/zip/zip_layout.h>
#include <torchhub/archive/entry_name.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/zip_entry.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

/// What is needed beside an entry to check it against its local header.
struct CentralHeader {
  std::uint64_t header_offset = 0;
  std::uint16_t flags = 0;
};

struct UncheckedDirectory {
  ZipDirectory directory;  ///< without data_offset, case_collisions and by_name
  std::vector<CentralHeader> headers;
  std::uint64_t offset = 0;  ///< where the central directory begins
};

/// Reads bytes at an offset of the archive; false where it can't. Where entries are large, that is
/// cheaper than to touch a page of the mapping for each.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::byte> bytes)>;
/// What lies further apart, in bytes, is better read than touched.
inline constexpr std::uint64_t kFarApart = std::uint64_t{128} << 10;

inline Parsed<UncheckedDirectory> read_central_directory(std::span<const std::byte> archive,
                                                         EntryNames names = EntryNames::portable,
                                                         Trailing trailing = Trailing::refused);

/// Finds one entry's data; sets its data_offset.
inline std::optional<Flaw> check_local_header(std::span<const std::byte> archive,
                                              UncheckedDirectory& unchecked, std::size_t entry,
                                              const ReadAt& read_at);

/// All of them; no two may overlap or have one name.
inline std::optional<Flaw> check_directory(std::span<const std::byte> archive,
                                           UncheckedDirectory& unchecked, const ReadAt& read_at);

namespace zip_parts_detail {

using Bytes = std::span<const std::byte>;

// General purpose flags, 4.4.4: encrypted, strongly encrypted, masked header values.
inline constexpr std::uint16_t kEncryptionFlags = 1u << 0 | 1u << 6 | 1u << 13;
inline constexpr std::uint16_t kDescriptorFlag = 1u << 3;
inline constexpr std::uint16_t kUtf8Flag = 1u << 11;
inline constexpr std::uint8_t kMadeByUnix = 3;
inline constexpr std::uint32_t kDosFolder = 0x10;
inline constexpr std::size_t kHeadersAhead = 12;
inline constexpr std::size_t kLargestDescriptor =
    zip_layout::Descriptor::kSignatureBytes + zip_layout::WideDescriptor::kBytes;
inline constexpr std::size_t kLargestRead = 1024;  // of a local header with its name

inline Flaw damaged(std::uint64_t offset, std::string what) {
  return {errc::damaged_zip, offset, std::move(what)};
}

inline std::string_view text_at(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  const Bytes text =
      bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

// 4.5.3: the extra field holds, in this order, those of the three that are all ones in the header.
inline bool read_zip64_extra(Bytes extra, ZipEntry& entry, CentralHeader& header) {
  const bool wants_size = entry.size == zip_layout::kIn64Bits32;
  const bool wants_compressed = entry.compressed_size == zip_layout::kIn64Bits32;
  const bool wants_offset = header.header_offset == zip_layout::kIn64Bits32;
  if (!wants_size && !wants_compressed && !wants_offset) return true;
  for (std::size_t at = 0; extra.size() - at >= zip_layout::Extra::kBytes;) {
    const auto id = read_field(extra, at, zip_layout::Extra::id);
    const std::size_t size = read_field(extra, at, zip_layout::Extra::size);
    at += zip_layout::Extra::kBytes;
    if (size > extra.size() - at) return false;
    if (id == zip_layout::Extra::kZip64) {
      const Bytes field = extra.subspan(at, size);
      std::size_t used = 0;
      for (auto [wanted, value] :
           {std::pair{wants_size, &entry.size}, std::pair{wants_compressed, &entry.compressed_size},
            std::pair{wants_offset, &header.header_offset}}) {
        if (!wanted) continue;
        if (field.size() - used < 8) return false;
        *value = load_little_endian<std::uint64_t>(field, used);
        used += 8;
      }
      return true;
    }
    at += size;
  }
  return false;
}

inline std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

inline Parsed<ZipEntry::Kind> kind_of(std::string_view name, std::uint8_t made_by,
                                      std::uint32_t attributes, std::uint64_t offset) {
  // miniz, which torch reads zips with, takes this bit for a folder and reads nothing.
  if ((attributes & kDosFolder) != 0 && !name.ends_with('/'))
    return damaged(offset, quoted(name) + " is a folder by its DOS attributes and not by its name");
  const std::uint32_t type = made_by == kMadeByUnix ? attributes >> 16 & 0170000 : 0;
  const bool named_folder = name.ends_with('/');
  if (type == 0120000 && !named_folder) return ZipEntry::Kind::symbolic_link;
  if (type == 0040000 || named_folder) {
    if (named_folder && (type == 0040000 || type == 0)) return ZipEntry::Kind::folder;
    return damaged(offset, quoted(name) + " is a folder by its mode or its name, but not by both");
  }
  if (type == 0 || type == 0100000) return ZipEntry::Kind::file;
  return Flaw{errc::unsupported_entry, offset, quoted(name) + " is a device, a socket or a pipe"};
}

inline const char* flaw_of_name(std::string_view name, std::uint16_t flags, EntryNames names) {
  if (names == EntryNames::portable) return flaw_of_entry_name(name);
  const bool says_utf8 = (flags & kUtf8Flag) != 0;
  if (says_utf8 && !is_utf8(name)) return "is not UTF-8, as its flags say";
  return flaw_of_linux_name(name);
}

// Reads the entry at `offset` into `entry` and `header`; gives the offset of the next.
inline Parsed<std::uint64_t> read_central(Bytes bytes, std::uint64_t offset, std::uint64_t end,
                                          EntryNames names, ZipEntry& entry,
                                          CentralHeader& header) {
  if (end - offset < zip_layout::Central::kBytes ||
      read_field(bytes, offset, zip_layout::Central::signature) !=
          zip_layout::Central::kSignature) {
    return damaged(offset, "the central directory holds fewer entries than it says");
  }
  const std::uint64_t name_size = read_field(bytes, offset, zip_layout::Central::name_size);
  const std::uint64_t extra_size = read_field(bytes, offset, zip_layout::Central::extra_size);
  const std::uint64_t comment_size = read_field(bytes, offset, zip_layout::Central::comment_size);
  const std::uint64_t next =
      offset + zip_layout::Central::kBytes + name_size + extra_size + comment_size;
  if (next > end)
    return damaged(offset, "an entry of the central directory is longer than the directory");

  entry.name = text_at(bytes, offset + zip_layout::Central::kBytes, name_size);
  header.flags = read_field(bytes, offset, zip_layout::Central::flags);
  if (const char* flaw = flaw_of_name(entry.name, header.flags, names)) {
    return Flaw{errc::unsafe_name, offset, "the name of entry " + quoted(entry.name) + " " + flaw};
  }
  if (header.flags & kEncryptionFlags) {
    return Flaw{errc::unsupported_entry, offset, quoted(entry.name) + " is encrypted"};
  }
  const auto method = read_field(bytes, offset, zip_layout::Central::method);
  if (method != zip_layout::kStored && method != zip_layout::kDeflated) {
    return Flaw{errc::unsupported_entry, offset,
                quoted(entry.name) + " is compressed by method " + std::to_string(method) +
                    "; only stored and deflated are read"};
  }
  entry.deflated = method == zip_layout::kDeflated;
  entry.crc32 = read_field(bytes, offset, zip_layout::Central::crc32);
  entry.compressed_size = read_field(bytes, offset, zip_layout::Central::compressed_size);
  entry.size = read_field(bytes, offset, zip_layout::Central::size);
  header.header_offset = read_field(bytes, offset, zip_layout::Central::header_offset);
  if (read_field(bytes, offset, zip_layout::Central::disk) != 0) {
    return damaged(offset, quoted(entry.name) + " lies on another disk");
  }
  const Bytes extra =
      bytes.subspan(static_cast<std::size_t>(offset + zip_layout::Central::kBytes + name_size),
                    static_cast<std::size_t>(extra_size));
  if (!read_zip64_extra(extra, entry, header))
    return damaged(offset, quoted(entry.name) + " lacks its 64-bit sizes");
  if (!entry.deflated && entry.compressed_size != entry.size) {
    return damaged(offset, quoted(entry.name) + " is stored, and its two sizes differ");
  }
  const auto made_by =
      static_cast<std::uint8_t>(read_field(bytes, offset, zip_layout::Central::made_by) >> 8);
  const auto attributes = read_field(bytes, offset, zip_layout::Central::attributes);
  const auto kind = kind_of(entry.name, made_by, attributes, offset);
  if (!kind) return kind.error();
  entry.kind = *kind;
  if (entry.kind == ZipEntry::Kind::folder && entry.size != 0)
    return damaged(offset, "the folder " + quoted(entry.name) + " has content");
  entry.executable = made_by == kMadeByUnix && (attributes >> 16 & 0100) != 0;
  return next;
}

// Reads ahead a little: a descriptor lies right before the next local header.
class BlockReader {
 public:
  BlockReader(const ReadAt& read_at, std::uint64_t archive_bytes)
      : read_at_(read_at), archive_bytes_(archive_bytes) {}

  bool operator()(std::uint64_t offset, std::span<std::byte> bytes) {
    if (offset > archive_bytes_ || bytes.size() > archive_bytes_ - offset) return false;
    if (bytes.size() > block_.size()) return read_at_(offset, bytes);
    if (offset < begin_ || offset + bytes.size() > begin_ + size_) {
      begin_ = offset;
      size_ =
          static_cast<std::size_t>(std::min<std::uint64_t>(block_.size(), archive_bytes_ - offset));
      if (!read_at_(begin_, std::span(block_).first(size_))) {
        size_ = 0;
        return false;
      }
    }
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(offset - begin_), bytes.size(),
                bytes.begin());
    return true;
  }

 private:
  const ReadAt& read_at_;
  const std::uint64_t archive_bytes_;
  std::array<std::byte, 256> block_;
  std::uint64_t begin_ = 0;
  std::size_t size_ = 0;
};

// 4.3.9: CRC and sizes behind the data, after a signature that some writers leave out, the sizes in
// four bytes or eight. torch takes eight where the entry lies far into the file.
inline bool has_descriptor(Bytes bytes, std::uint64_t offset, std::uint64_t end,
                           const ZipEntry& entry, const ReadAt& read_at) {
  using zip_layout::Descriptor;
  using zip_layout::WideDescriptor;
  std::array<std::byte, kLargestDescriptor> read{};
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, read.size()));
  if (!read_at || !read_at(offset, std::span(read).first(room))) {
    const Bytes there = bytes.subspan(static_cast<std::size_t>(offset), room);
    std::copy(there.begin(), there.end(), read.begin());
  }
  const auto is_signed = [&] {
    return room >= Descriptor::kSignatureBytes &&
           load_little_endian<std::uint32_t>(read, 0) == Descriptor::kSignature;
  };
  const auto fits_at = [&](std::size_t at) {
    if (room < at + Descriptor::kBytes || read_field(read, at, Descriptor::crc32) != entry.crc32)
      return false;
    if (read_field(read, at, Descriptor::compressed_size) == entry.compressed_size &&
        read_field(read, at, Descriptor::size) == entry.size)
      return true;
    return room >= at + WideDescriptor::kBytes &&
           read_field(read, at, WideDescriptor::compressed_size) == entry.compressed_size &&
           read_field(read, at, WideDescriptor::size) == entry.size;
  };
  return (is_signed() && fits_at(Descriptor::kSignatureBytes)) || fits_at(0);
}

// Finds the entry's data behind its local header, which must not contradict the directory.
inline Parsed<std::uint64_t> find_data(Bytes bytes, const ZipEntry& entry,
                                       const CentralHeader& header, std::uint64_t directory_offset,
                                       const ReadAt& read_at) {
  const std::uint64_t offset = header.header_offset;
  if (offset > directory_offset ||
      directory_offset - offset < zip_layout::Local::kBytes + entry.name.size())
    return damaged(offset, quoted(entry.name) + " has no local header where the directory says");
  const auto wanted = static_cast<std::size_t>(zip_layout::Local::kBytes + entry.name.size());
  Bytes local = bytes.subspan(static_cast<std::size_t>(offset), wanted);
  std::array<std::byte, kLargestRead> read;
  if (read_at && wanted <= read.size() && read_at(offset, std::span(read).first(wanted)))
    local = std::span(read).first(wanted);
  if (read_field(local, 0, zip_layout::Local::signature) != zip_layout::Local::kSignature)
    return damaged(offset, quoted(entry.name) + " has no local header where the directory says");
  const std::uint64_t name_size = read_field(local, 0, zip_layout::Local::name_size);
  const std::uint64_t extra_size = read_field(local, 0, zip_layout::Local::extra_size);
  if (name_size != entry.name.size() ||
      text_at(local, zip_layout::Local::kBytes, name_size) != entry.name)
    return damaged(offset, quoted(entry.name) + " has another name in its local header");
  const std::uint64_t room = directory_offset - offset - wanted;
  if (extra_size > room || entry.compressed_size > room - extra_size)
    return damaged(offset, quoted(entry.name) + " reaches into the central directory");
  const auto method = read_field(local, 0, zip_layout::Local::method);
  const auto flags = read_field(local, 0, zip_layout::Local::flags);
  if (method != (entry.deflated ? zip_layout::kDeflated : zip_layout::kStored) ||
      flags != header.flags) {
    return damaged(offset,
                   quoted(entry.name) + " has another method or other flags in its local header");
  }
  // With a descriptor, sizes and CRC follow the data, and the local header has zeros or guesses.
  if ((flags & kDescriptorFlag) == 0) {
    const auto agrees = [&](zip_layout::U32 field, std::uint64_t value) {
      const auto in_header = read_field(local, 0, field);
      return in_header == value || in_header == zip_layout::kIn64Bits32;
    };
    if (read_field(local, 0, zip_layout::Local::crc32) != entry.crc32 ||
        !agrees(zip_layout::Local::compressed_size, entry.compressed_size) ||
        !agrees(zip_layout::Local::size, entry.size)) {
      return damaged(offset,
                     quoted(entry.name) + " has another CRC or other sizes in its local header");
    }
  }
  const std::uint64_t data = offset + wanted + extra_size;
  if ((flags & kDescriptorFlag) != 0 &&
      !has_descriptor(bytes, data + entry.compressed_size, directory_offset, entry, read_at))
    return damaged(offset,
                   quoted(entry.name) + " has no data descriptor that fits behind its data");
  return data;
}

// Flaw if two entries share bytes: the trick of archives that expand without bounds.
inline std::optional<Flaw> find_overlap(const std::vector<ZipEntry>& entries,
                                        const std::vector<CentralHeader>& headers) {
  const auto overlap = [&](std::size_t before, std::size_t after) -> std::optional<Flaw> {
    const ZipEntry& entry = entries[before];
    if (headers[after].header_offset >= entry.data_offset + entry.compressed_size)
      return std::nullopt;
    return damaged(headers[after].header_offset,
                   quoted(entry.name) + " and " + quoted(entries[after].name) + " overlap");
  };
  const bool is_sorted = std::is_sorted(headers.begin(), headers.end(),
                                        [](const CentralHeader& a, const CentralHeader& b) {
                                          return a.header_offset < b.header_offset;
                                        });
  std::vector<std::size_t> order;
  if (!is_sorted) {
    order.resize(headers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return headers[a].header_offset < headers[b].header_offset;
    });
  }
  for (std::size_t i = 1; i < headers.size(); ++i) {
    auto flaw = is_sorted ? overlap(i - 1, i) : overlap(order[i - 1], order[i]);
    if (flaw) return flaw;
  }
  return std::nullopt;
}

inline bool has_upper_case(std::string_view name) {
  unsigned any = 0;
  for (const char c : name) any |= static_cast<unsigned>(c) - 'A' < 26u;
  return any != 0;
}

inline std::string lower_case(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Flaw if a name is there twice; notes those that differ in case alone.
inline std::optional<Flaw> compare_names(ZipDirectory& directory, std::uint64_t offset) {
  const std::vector<ZipEntry>& entries = directory.entries;
  NameIndex& names = directory.by_name;
  names = NameIndex(entries.size());
  bool any_upper_case = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!names.insert(entries[i].name, static_cast<std::uint32_t>(i)).second)
      return damaged(offset, quoted(entries[i].name) + " is there twice");
    any_upper_case = any_upper_case || has_upper_case(entries[i].name);
  }
  if (!any_upper_case) return std::nullopt;
  std::vector<std::string> folded;
  folded.reserve(entries.size());
  NameIndex known(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    folded.push_back(lower_case(entries[i].name));
    const auto [first, is_new] = known.insert(folded.back(), static_cast<std::uint32_t>(i));
    if (!is_new) directory.case_collisions.emplace_back(entries[first].name, entries[i].name);
  }
  return std::nullopt;
}

}  // namespace zip_parts_detail

inline Parsed<UncheckedDirectory> read_central_directory(std::span<const std::byte> archive,
                                                         EntryNames names, Trailing trailing) {
  Parsed<ZipEnd> end = find_zip_end(archive, trailing);
  if (!end) return end.error();
  // No room for that many: do not reserve on a header's word.
  if (end->entries > end->directory_size / zip_layout::Central::kBytes) {
    return zip_parts_detail::damaged(
        end->offset, "the central directory is too short for its number of entries");
  }
  UncheckedDirectory unchecked;
  unchecked.directory.comment = std::move(end->comment);
  unchecked.offset = end->directory_offset;
  const auto count = static_cast<std::size_t>(end->entries);
  unchecked.directory.entries.resize(count);
  unchecked.headers.resize(count);
  std::uint64_t offset = end->directory_offset;
  for (std::size_t i = 0; i < count; ++i) {
    const Parsed<std::uint64_t> next = zip_parts_detail::read_central(
        archive, offset, end->offset, names, unchecked.directory.entries[i], unchecked.headers[i]);
    if (!next) return next.error();
    offset = *next;
  }
  if (offset != end->offset)
    return zip_parts_detail::damaged(offset, "the central directory holds more than its entries");
  return unchecked;
}

inline std::optional<Flaw> check_local_header(std::span<const std::byte> archive,
                                              UncheckedDirectory& unchecked, std::size_t entry,
                                              const ReadAt& read_at) {
  const Parsed<std::uint64_t> data =
      zip_parts_detail::find_data(archive, unchecked.directory.entries[entry],
                                  unchecked.headers[entry], unchecked.offset, read_at);
  if (!data) return data.error();
  unchecked.directory.entries[entry].data_offset = *data;
  return std::nullopt;
}

inline std::optional<Flaw> check_directory(std::span<const std::byte> archive,
                                           UncheckedDirectory& unchecked, const ReadAt& read_at) {
  const std::size_t count = unchecked.headers.size();
  const bool are_apart = count > 0 && unchecked.offset / count > kFarApart;
  zip_parts_detail::BlockReader reader(read_at, archive.size());
  const ReadAt ahead = are_apart && read_at ? ReadAt(std::ref(reader)) : ReadAt();
  for (std::size_t i = 0; i < count; ++i) {
    // Local headers lie apart: have the next ones on their way.
    if (i + zip_parts_detail::kHeadersAhead < count &&
        unchecked.headers[i + zip_parts_detail::kHeadersAhead].header_offset < archive.size())
      __builtin_prefetch(archive.data() +
                         unchecked.headers[i + zip_parts_detail::kHeadersAhead].header_offset);
    if (auto flaw = check_local_header(archive, unchecked, i, ahead)) return flaw;
  }
  if (auto overlap = zip_parts_detail::find_overlap(unchecked.directory.entries, unchecked.headers))
    return overlap;
  return zip_parts_detail::compare_names(unchecked.directory, unchecked.offset);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_PARTS_H_
