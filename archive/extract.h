#ifndef TORCHHUB_ARCHIVE_EXTRACT_H_
#define TORCHHUB_ARCHIVE_EXTRACT_H_
// A zip archive unpacked into a folder, and nowhere else.
//
//   archive::MappedFile zip("main.zip");
//   archive::Extracted made = archive::extract_zip(zip.view(), "fresh");
//   std::cout << made.comment << "\n";     // the commit's id in GitHub's archives
//
// The folder is made, and must not exist: nothing that lies there before can lead a write astray,
// and a failure leaves nothing behind.

#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace torchhub::archive {

class ExtractOptions {
 public:
  ExtractOptions() = default;

  /// Entries in the archive. Default: 200,000.
  ExtractOptions& max_entries(std::uint64_t value) {
    max_entries_ = value;
    return *this;
  }
  std::uint64_t max_entries() const { return max_entries_; }

  /// Bytes written in all. Default: 8 GiB.
  ExtractOptions& max_bytes(std::uint64_t value) {
    max_bytes_ = value;
    return *this;
  }
  std::uint64_t max_bytes() const { return max_bytes_; }

  /// Bytes written for each byte of the archive, once they are more than 64 MiB. Default: 200.
  ExtractOptions& max_ratio(std::uint64_t value) {
    max_ratio_ = value;
    return *this;
  }
  std::uint64_t max_ratio() const { return max_ratio_; }

  /// Threads that write files. Default: one for each processor, 4 at most.
  ExtractOptions& threads(unsigned value) {
    threads_ = value;
    return *this;
  }
  unsigned threads() const { return threads_; }

  /// How many folders at the beginning of each name the caller will take off: links must stay inside
  /// what is left. Default: 0.
  ExtractOptions& top_folders(unsigned value) {
    top_folders_ = value;
    return *this;
  }
  unsigned top_folders() const { return top_folders_; }

 private:
  std::uint64_t max_entries_ = 200'000;
  std::uint64_t max_bytes_ = std::uint64_t{8} << 30;
  std::uint64_t max_ratio_ = 200;
  unsigned threads_ = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
  unsigned top_folders_ = 0;
};

struct Extracted {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::string comment;  ///< the archive's
  /// Pairs of names that are one where letters' case does not count; both were made here.
  std::vector<std::pair<std::string, std::string>> case_collisions;
  /// Symbolic links that would lead out of the folder, and where to: text files that hold just that.
  std::vector<std::pair<std::string, std::string>> links_as_text;
};

/// Unpacks the zip archive `archive` into the new folder `folder`, whose parent exists. Files get
/// the modes that the process's umask leaves of 0666, or 0777 where the archive marks them
/// executable. Names that are not UTF-8 are read as code page 437, as Python's zipfile does. Symbolic
/// links are made last, and only where they lead to a place inside the folder; another becomes a file
/// with its target for content, which is what Python's zipfile makes of all.
/// Throws: the flaws of read_zip_directory, errc::limit_exceeded before anything is written,
///   the system's codes (no_space_on_device, file_exists for an existing folder). Then the folder is
///   gone again.
TORCHHUB_ARCHIVE_EXPORT Extracted extract_zip(std::span<const std::byte> archive,
                                              const std::filesystem::path& folder,
                                              const ExtractOptions& options = ExtractOptions());

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_EXTRACT_H_
