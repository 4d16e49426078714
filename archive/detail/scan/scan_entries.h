#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_ENTRIES_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_ENTRIES_H_
// The entries of a zip archive, for whoever looks for pickles in them.

#include <torchhub/archive/detail/scan/scan_formats.h>
#include <torchhub/archive/detail/scan/scan_limits.h>
#include <torchhub/archive/detail/zip/zip_end.h>
#include <torchhub/archive/detail/zip/zip_parts.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/zip_entry.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

// NAME of FOLDER/NAME; "" of what lies in no folder.
inline std::string_view record_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == name.npos ? std::string_view() : name.substr(slash + 1);
}

// A storage's record, FOLDER/data/NUMBER or FOLDER/constants/NUMBER: bytes that nobody unpickles.
inline bool is_storage(std::string_view name) {
  const std::string_view record = record_of(name);
  for (const std::string_view folder : {"data/", "constants/", "traced_inputs/"}) {
    if (record.starts_with(folder) && record.size() > folder.size() &&
        record.find_first_not_of("0123456789", folder.size()) == record.npos)
      return true;
  }
  return false;
}

// FOLDER/data.pkl and FOLDER/constants.pkl, which the reader of checkpoints has read.
inline bool is_own_pickle(std::string_view name) {
  return record_of(name) == "data.pkl" || record_of(name) == "constants.pkl";
}

// What TorchScript keeps beside a module, and C++ alone reads: its code, and what it was traced with.
inline bool is_of_script(std::string_view name) {
  return record_of(name).starts_with("code/") || record_of(name) == "traced_inputs.pkl";
}

// An entry's first bytes, inflated if they have to be.
inline std::vector<std::byte> entry_head(std::span<const std::byte> archive, const ZipEntry& entry,
                                         std::uint64_t most = kScanHeadBytes) {
  std::vector<std::byte> head(static_cast<std::size_t>(std::min(entry.size, most)));
  ZipEntryReader reader(archive, entry);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = reader.read(std::span(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

// All of an entry: in place, or inflated into `inflated`.
inline std::span<const std::byte> entry_bytes(std::span<const std::byte> archive,
                                              const ZipEntry& entry, ScanBudget& budget,
                                              std::vector<std::byte>& inflated) {
  if (!entry.deflated) return raw_bytes(archive, entry);
  const bool swells =
      entry.size > kInflatedAlways && entry.size / kScanRatio > entry.compressed_size;
  if (swells || entry.size > budget.inflated)
    throw Error(errc::limit_exceeded, "inflated, it is longer than is allowed");
  budget.inflated -= entry.size;
  inflated = read_entry(archive, entry, entry.size);
  return inflated;
}

// numpy.load reads arrays of a zip archive by any name, also those that torch takes for storages.
inline bool begins_as_array(std::span<const std::byte> archive, const ZipEntry& entry) {
  constexpr std::uint64_t kSignature = 6;
  try {
    return file_format(entry_head(archive, entry, kSignature)) == FileFormat::numpy_array;
  } catch (const Error&) {
    return false;
  }
}

// The one file in a zip around it; null where there are several, or where it is a checkpoint's pickle.
inline const ZipEntry* only_file_of(const ZipDirectory& directory) {
  const ZipEntry* only = nullptr;
  for (const ZipEntry& entry : directory.entries) {
    if (entry.kind != ZipEntry::Kind::file) continue;
    if (only) return nullptr;
    only = &entry;
  }
  return only && !only->name.ends_with("/data.pkl") ? only : nullptr;
}

// As the reader of checkpoints sees it, which passes over what trails an archive.
inline Parsed<ZipDirectory> directory_of(std::span<const std::byte> bytes) {
  if (file_format(bytes) != FileFormat::zip) return Flaw{errc::not_a_zip, 0, ""};
  Parsed<UncheckedDirectory> unchecked =
      read_central_directory(bytes, EntryNames::portable, Trailing::passed_over);
  if (!unchecked) return unchecked.error();
  if (auto flaw = check_directory(bytes, *unchecked, {})) return *flaw;
  return std::move(unchecked->directory);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_ENTRIES_H_
