#ifndef TORCHHUB_CACHE_PART_FILE_H_
#define TORCHHUB_CACHE_PART_FILE_H_
// A file that is being made and appears under its name only when it is whole. Models net::ByteSink.
//
//   cache::PartFile part("weights.pth");            // weights.pth.torchhub-part, locked
//   part.write_at(0, bytes);
//   part.publish();                                 // weights.pth is there, complete
//
// The part is its own lock: of several processes that make one file, one works and the rest wait in
// the constructor, then look whether the target has appeared. A part that was not published is
// removed.

#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_lock.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace torchhub::cache {

class PartFile {
 public:
  /// Creates and locks `target`.torchhub-part beside `target`, empty. The folder must exist.
  /// Throws: errc::lock_timeout after `patience`; the system's code.
  explicit PartFile(std::filesystem::path target,
                    std::chrono::steady_clock::duration patience = kDefaultLockPatience);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& path() const { return path_; }

  /// Writes `bytes` at `offset`; calls may come in any order.
  /// Throws: the system's code, no_space_on_device among them.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);

  /// Says how large the file will be, so that a full disk shows now.
  void size_hint(std::uint64_t bytes);

  /// Flushes the file, renames it to the target, replacing what is there, and flushes the folder.
  void publish();

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
  detail::File file_;
  bool published_ = false;
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_PART_FILE_H_
