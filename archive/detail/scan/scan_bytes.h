#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_BYTES_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_BYTES_H_
// The verdict on a file, and on what is packed in it.

#include <torchhub/archive/detail/scan/scan_code.h>
#include <torchhub/archive/detail/scan/scan_content.h>
#include <torchhub/archive/detail/scan/scan_entries.h>
#include <torchhub/archive/detail/scan/scan_formats.h>
#include <torchhub/archive/detail/scan/scan_limits.h>
#include <torchhub/archive/detail/zip/inflated.h>
#include <torchhub/archive/detail/zip/zip_end.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/scan.h>
#include <torchhub/archive/zip_entry.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

/// Reads all that Python would, `place.depth` archives deep.
inline Scan scan_bytes(std::span<const std::byte> bytes, ScanBudget& budget, ScanPlace place);

// What is true of one entry, by itself.
inline Scan scan_entry(std::span<const std::byte> archive, const ZipEntry& entry,
                       ScanBudget& budget, ScanPlace place) {
  try {
    if (place.depth == kMaxScanDepth)
      throw Error(errc::limit_exceeded, "it is a zip archive in others, too many of them");
    std::vector<std::byte> inflated;
    ++place.depth;
    return scan_bytes(entry_bytes(archive, entry, budget, inflated), budget, place);
  } catch (const Error& error) {
    return unreadable_scan(FileFormat::unknown, error.what());
  }
}

// What one of several entries says counts for the archive, unless it is some other file.
inline void add_entry(Scan& scan, std::span<const std::byte> archive, const ZipEntry& entry,
                      ScanBudget& budget, ScanPlace place) {
  try {
    if (!may_hold_pickle(entry_head(archive, entry), entry.size)) return;
  } catch (const Error&) {
    // What is wrong with it, its own scan tells.
  }
  Scan inner = scan_entry(archive, entry, budget, place);
  if (inner.is_other) return;
  // No more than notes: what is damaged there, nobody misses.
  if (place.is_script && inner.cause == ScanCause::unreadable) return;
  scan.globals.insert(scan.globals.end(), inner.globals.begin(), inner.globals.end());
  const bool weighs_more = scan.is_safe || scan.is_other ||
                           (scan.cause == ScanCause::unreadable && inner.cause == ScanCause::code);
  if (inner.is_safe || !weighs_more) return;
  scan.is_safe = false;
  scan.is_other = false;
  scan.cause = inner.cause;
  scan.reason = std::string(entry.name) + ": " + inner.reason;
}

// An array of numbers, and what lies behind it: more of them, as a rule.
inline Scan scan_arrays(std::span<const std::byte> bytes, ScanBudget& budget, ScanPlace place) {
  std::span<const std::byte> rest = bytes;
  while (file_format(rest) == FileFormat::numpy_array && !pickle_of_array(rest)) {
    rest = behind_array(rest);
    if (rest.empty()) return scan_of_other(FileFormat::numpy_array);
  }
  if (place.depth == kMaxScanDepth)
    return unreadable_scan(FileFormat::numpy_array, "more than one file lies behind another in it");
  ++place.depth;
  Scan scan = scan_bytes(rest, budget, place);
  if (scan.is_other) return scan_of_other(FileFormat::numpy_array);
  scan.reason = scan.reason.empty() ? "" : "behind an array: " + scan.reason;
  return scan;
}

// What streams hold, as joblib and pandas unpack them; nothing of what by chance begins as one of zlib's.
inline std::optional<Scan> scan_streams(std::span<const std::byte> bytes, FileFormat format,
                                        ScanBudget& budget, ScanPlace place) {
  Inflated inner = inflated(bytes, kScanHeadBytes);
  const std::string what =
      format == FileFormat::gzip ? "it is a gzip file" : "it is compressed by zlib";
  if (inner.end == Inflated::End::limit) {
    if (!may_hold_pickle(inner.bytes, bytes.size() * kScanRatio)) return scan_of_other(format);
    const std::uint64_t most =
        std::min(budget.inflated, std::max(kInflatedAlways, bytes.size() * kScanRatio));
    inner = inflated(bytes, most);
    if (inner.end == Inflated::End::limit)
      return unreadable_scan(format, what + "; inflated, it is longer than is allowed");
  }
  budget.inflated -= std::min<std::uint64_t>(budget.inflated, inner.bytes.size());
  if (place.depth == kMaxScanDepth)
    return unreadable_scan(format, what + " in others, too many of them");
  ++place.depth;
  Scan scan = scan_bytes(inner.bytes, budget, place);
  if (scan.cause == ScanCause::code) return scan;
  if (inner.end == Inflated::End::damaged && scan.is_other && format != FileFormat::gzip)
    return std::nullopt;
  if (inner.end == Inflated::End::damaged)
    return unreadable_scan(format, what + ", and cannot be inflated to its end");
  return scan.is_other ? scan_of_other(format) : scan;
}

inline Scan scan_format(FileFormat looks, std::span<const std::byte> bytes, ScanBudget& budget,
                        ScanPlace place) {
  if (looks == FileFormat::numpy_array && !pickle_of_array(bytes))
    return scan_arrays(bytes, budget, place);
  if (is_stream(looks, bytes)) {
    if (auto scan = scan_streams(bytes, looks, budget, place)) return std::move(*scan);
  }
  if (is_packed(looks, bytes)) {
    const std::string kind(looks == FileFormat::unknown ? "compressed" : describe(looks));
    return unreadable_scan(looks,
                           "it is " + kind + ", which is not unpacked to look for pickles in it");
  }
  const Parsed<ZipDirectory> directory = directory_of(bytes);
  const ZipEntry* const only = directory ? only_file_of(*directory) : nullptr;
  if (only) {
    Scan scan = scan_entry(bytes, *only, budget, place);
    if (scan.is_other) {
      scan.reason = "it is a zip archive around '" + std::string(only->name) + "': " + scan.reason;
      scan.format = FileFormat::zip;
    }
    return scan;
  }
  Scan scan = scan_content(bytes, budget.options, place.is_script);
  // What is wrong with the archive was told.
  if (!directory) return scan;
  const bool is_pickle_read = scan.is_complete || !scan.globals.empty();
  const bool is_checkpoint = !scan.is_other;
  for (const ZipEntry& entry : directory->entries) {
    if (entry.kind != ZipEntry::Kind::file) continue;
    if (is_checkpoint && is_storage(entry.name) && !begins_as_array(bytes, entry)) continue;
    if (is_checkpoint && is_pickle_read && is_own_pickle(entry.name)) continue;
    place.is_script = scan.format == FileFormat::torch_script && is_of_script(entry.name);
    add_entry(scan, bytes, entry, budget, place);
  }
  judge_code(scan, bytes, *directory, budget);
  return scan;
}

inline Scan scan_bytes(std::span<const std::byte> bytes, ScanBudget& budget, ScanPlace place) {
  const FileFormat looks = file_format(bytes);
  Scan scan = scan_format(looks, bytes, budget, place);
  // torch.hub and pandas ask zipfile, which looks at a file's end alone.
  if (scan.is_other && looks != FileFormat::zip && ends_as_zip(bytes))
    return unreadable_scan(looks, scan.reason + ", and a zip archive as well, by its end");
  return scan;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_BYTES_H_
