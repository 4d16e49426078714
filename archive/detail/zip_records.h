#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_RECORDS_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_RECORDS_H_
// The records of a torch archive: a zip's entries without the folder that they all lie in.
//
// Source: caffe2/serialize/inline_container.cc of PyTorch 2.13.

#include <torchhub/archive/zip_entry.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_RECORDS_H_
