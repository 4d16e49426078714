#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_RECORDS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_RECORDS_H_
// The records of a torch archive: a zip's entries without the folder that they all lie in.
//
// Source: caffe2/serialize/inline_container.cc of PyTorch 2.13.

#include <torchhub/archive/zip_entry.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

class ZipRecords {
 public:
  /// `archive` and `directory` must outlive the records.
  /// Throws: errc::not_a_checkpoint where the entries do not share one folder.
  ZipRecords(std::span<const std::byte> archive, const ZipDirectory& directory);

  const ZipEntry* find(std::string_view name) const { return find("", name); }
  /// The entry of "FOLDER/NAME". Quick where it is the one behind the last that was found.
  const ZipEntry* find(std::string_view folder, std::string_view name) const;
  /// A small text record without its line end, or nothing.
  std::optional<std::string> text(std::string_view name) const;
  /// An entry's name without the common folder.
  std::string_view name_of(const ZipEntry& entry) const {
    return entry.name.substr(folder_.size() + 1);
  }
  std::span<const ZipEntry> entries() const { return directory_.entries; }

 private:
  std::span<const std::byte> archive_;
  const ZipDirectory& directory_;
  std::string_view folder_;
  mutable std::size_t next_ = 0;  // behind the entry that was found last
};

namespace zip_records_detail {

inline constexpr std::uint64_t kMaxTextBytes = 64;  // of byteorder, version and the like
inline constexpr std::size_t kMaxNameBytes = 512;

[[noreturn]] inline void not_torch(std::string why) {
  throw Error(errc::not_a_checkpoint,
              "the zip archive is not one of torch.save: " + std::move(why));
}

}  // namespace zip_records_detail

inline ZipRecords::ZipRecords(std::span<const std::byte> archive, const ZipDirectory& directory)
    : archive_(archive), directory_(directory) {
  if (!directory.case_collisions.empty()) {
    const auto& [first, second] = directory.case_collisions.front();
    throw Error(errc::damaged_checkpoint, "the records '" + std::string(first) + "' and '" +
                                              std::string(second) + "' differ in case only");
  }
  for (const ZipEntry& entry : directory.entries) {
    if (folder_.empty()) folder_ = entry.name.substr(0, entry.name.find('/'));
    // Zip tools have an entry for each folder too, which holds nothing: the common one's is its name.
    const bool is_root = entry.kind == ZipEntry::Kind::folder &&
                         entry.name.size() == folder_.size() + 1 && !folder_.empty();
    if (!is_root && (entry.name.size() <= folder_.size() + 1 || folder_.empty() ||
                     entry.name.find('/') == entry.name.npos))
      zip_records_detail::not_torch("'" + std::string(entry.name) + "' lies in no folder");
    if (!entry.name.starts_with(folder_) || entry.name[folder_.size()] != '/')
      zip_records_detail::not_torch("it has more than one folder");
    if (entry.kind == ZipEntry::Kind::symbolic_link)
      zip_records_detail::not_torch("'" + std::string(entry.name) + "' is a symbolic link");
    if (entry.name.size() > zip_records_detail::kMaxNameBytes)
      zip_records_detail::not_torch("a record's name is longer than 512 bytes");
  }
}

inline const ZipEntry* ZipRecords::find(std::string_view folder, std::string_view name) const {
  std::array<char, zip_records_detail::kMaxNameBytes> text;
  if (folder_.size() + folder.size() + name.size() + 2 > text.size()) return nullptr;
  char* end = text.data();
  const auto append = [&](std::string_view part) {
    end = std::copy(part.begin(), part.end(), end);
  };
  append(folder_);
  append("/");
  if (!folder.empty()) {
    append(folder);
    append("/");
  }
  append(name);
  const std::string_view full(text.data(), static_cast<std::size_t>(end - text.data()));
  const auto& entries = directory_.entries;
  const ZipEntry* const found = next_ < entries.size() && entries[next_].name == full
                                    ? &entries[next_]
                                    : directory_.find(full);
  if (found) next_ = static_cast<std::size_t>(found - entries.data()) + 1;
  return found;
}

inline std::optional<std::string> ZipRecords::text(std::string_view name) const {
  const ZipEntry* const entry = find(name);
  if (!entry) return std::nullopt;
  const std::vector<std::byte> bytes =
      read_entry(archive_, *entry, zip_records_detail::kMaxTextBytes);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_RECORDS_H_
