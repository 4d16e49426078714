#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_EXTRACTION_RULES_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_EXTRACTION_RULES_H_
// What may be unpacked: how much, and links to where. Pure.

#include <torchhub/archive/error.h>
#include <torchhub/archive/zip_entry.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// Throws errc::limit_exceeded for more entries, more bytes, or more bytes for each of the archive's than that.
inline void check_limits(const ZipDirectory& directory, std::uint64_t archive_bytes,
                         std::uint64_t max_entries, std::uint64_t max_bytes,
                         std::uint64_t max_ratio) {
  if (directory.entries.size() > max_entries) {
    throw Error(errc::limit_exceeded,
                "the archive has " + std::to_string(directory.entries.size()) +
                    " entries, more than the " + std::to_string(max_entries) + " that are allowed");
  }
  constexpr std::uint64_t kRatioMattersAbove = std::uint64_t{64} << 20;
  std::uint64_t total = 0;
  for (const ZipEntry& entry : directory.entries) {
    // Cannot overflow: the sum stops at the limit, and one size is below 2^64 less that.
    if (entry.size > max_bytes - total) {
      throw Error(errc::limit_exceeded, "the archive would take more than the " +
                                            std::to_string(max_bytes) + " bytes that are allowed");
    }
    total += entry.size;
  }
  if (total > kRatioMattersAbove && total / max_ratio > archive_bytes) {
    throw Error(errc::limit_exceeded, "the archive would grow from " +
                                          std::to_string(archive_bytes) + " to " +
                                          std::to_string(total) + " bytes, more than " +
                                          std::to_string(max_ratio) + "-fold");
  }
}

/// Whether a link at `name` may lead to `target`, and not out of what lies below `top_folders` folders.
/// Leading '..'s count from the link's own folder, which is a real one; further on none is allowed, since
/// a link on the way would change what it means.
inline bool stays_inside(std::string_view name, std::string_view target, unsigned top_folders) {
  if (target.empty() || target.front() == '/' || target.find('\0') != target.npos) return false;
  std::ptrdiff_t depth = std::count(name.begin(), name.end(), '/') - std::ptrdiff_t{top_folders};
  if (depth < 0) return false;
  bool descending = false;
  while (!target.empty()) {
    const std::string_view component = target.substr(0, target.find('/'));
    target.remove_prefix(std::min(component.size() + 1, target.size()));
    if (component == "..") {
      if (descending || --depth < 0) return false;
    } else if (!component.empty() && component != ".") {
      descending = true;
    }
  }
  return true;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_EXTRACTION_RULES_H_
