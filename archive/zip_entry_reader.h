#ifndef TORCHHUB_ARCHIVE_ZIP_ENTRY_READER_H_
#define TORCHHUB_ARCHIVE_ZIP_ENTRY_READER_H_
// The bytes of one entry of a zip archive: in place where they are stored, else inflated piece by
// piece.
//
//   archive::ZipEntryReader reader(file.view(), entry);
//   while (std::size_t got = reader.read(piece)) use(piece.first(got));
//
// Thread safety: distinct readers may read one archive at once.

#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/lifetime.h>
#include <torchhub/archive/zip_directory.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace torchhub::archive {

/// Where the entry's bytes lie in the archive, compressed if the entry is.
inline std::span<const std::byte> raw_bytes(
    std::span<const std::byte> archive TORCHHUB_ARCHIVE_LIFETIME_BOUND, const ZipEntry& entry) {
  return archive.subspan(static_cast<std::size_t>(entry.data_offset),
                         static_cast<std::size_t>(entry.compressed_size));
}

/// Deflate shrinks weights and their pickles to a tenth at most, and nothing to less than a 1032nd.
inline constexpr std::uint64_t kLargestRatio = 64;
/// Bytes that an entry may be inflated to whatever it takes in the archive.
inline constexpr std::uint64_t kInflatedFreely = std::uint64_t{2} << 20;

/// How much `compressed` bytes of an archive may be inflated to: memory stays in proportion to files.
inline std::uint64_t inflated_bytes_allowed(std::uint64_t compressed,
                                            std::uint64_t freely = kInflatedFreely) {
  return freely + kLargestRatio * compressed;
}

/// Throws errc::crc_mismatch where the bytes of an entry that is stored are not those that were
/// stored. A CRC of 0 says that torch.save did not compute it.
TORCHHUB_ARCHIVE_EXPORT void check_crc(std::span<const std::byte> archive, const ZipEntry& entry);

class TORCHHUB_ARCHIVE_EXPORT ZipEntryReader {
 public:
  /// `archive` is what the directory was read from, and must outlive the reader, as `entry` must.
  ZipEntryReader(std::span<const std::byte> archive TORCHHUB_ARCHIVE_LIFETIME_BOUND,
                 const ZipEntry& entry TORCHHUB_ARCHIVE_LIFETIME_BOUND);
  ~ZipEntryReader();

  /// The next bytes; returns how many, 0 once all were read and their CRC was right.
  /// Throws: errc::damaged_zip where the data is not what the directory says; errc::crc_mismatch.
  std::size_t read(std::span<std::byte> piece);

 private:
  struct Inflater;

  const ZipEntry& entry_;
  std::span<const std::byte> input_;
  std::unique_ptr<Inflater> inflater_;
  std::uint64_t produced_ = 0;
  std::uint32_t crc32_ = 0;
};

/// All bytes of an entry. Throws as ZipEntryReader, and errc::limit_exceeded beyond `max_bytes` and, for
/// one that is compressed, beyond inflated_bytes_allowed(): by the size that the directory tells before
/// memory is taken, and no more than that size is ever inflated.
TORCHHUB_ARCHIVE_EXPORT std::vector<std::byte> read_entry(std::span<const std::byte> archive,
                                                          const ZipEntry& entry,
                                                          std::uint64_t max_bytes,
                                                          std::uint64_t freely = kInflatedFreely);

/// The same into memory of the caller's, which is of the entry's size. Throws as ZipEntryReader.
TORCHHUB_ARCHIVE_EXPORT void read_entry(std::span<const std::byte> archive, const ZipEntry& entry,
                                        std::span<std::byte> target);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ZIP_ENTRY_READER_H_
