#ifndef TORCHHUB_CACHE_PART_FILE_H_
#define TORCHHUB_CACHE_PART_FILE_H_
// A file that is being made and appears under its name only when it is whole. Models
// net::ResumableSink: beside it lies a journal, with which another process goes on where this one
// was killed.
//
//   cache::PartFile part("weights.pth");            // weights.pth.torchhub-part, locked
//   part.write_at(0, bytes);
//   part.publish();                                 // weights.pth is there, complete
//
// The part is its own lock: of several processes that make one file, one works and the rest wait in
// the constructor, then look whether the target has appeared. Where locks exclude nobody, as on some
// network file systems, each makes a part of its own, or takes over one that a dead process of this
// machine left, and the last one to publish wins.
//
// A part that was neither published nor discarded stays if it has bytes and its journal a state, and is
// removed otherwise.
//
// In a folder that others can write too, what lies at the part's name or its journal's is used only if
// it is a regular file of this user's with no other name, and empty, or known for a part by its mark or
// its journal. Otherwise, too, the part gets one of its own.

#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/journal.h>
#include <torchhub/cache/export.h>
#include <torchhub/cache/file_lock.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace torchhub::cache {

/// What a file that is being made survives.
enum class Durability {
  process,  ///< the end of the process
  machine,  ///< a power cut too: what counts is flushed to the disk, which takes a while
};

class TORCHHUB_CACHE_EXPORT PartFile {
 public:
  /// Opens or creates `target`.torchhub-part beside `target`, and locks it. The folder must exist.
  /// A target that is a symbolic link stays one: target() is what it leads to.
  /// Throws: errc::lock_timeout after `patience`; the system's code, filename_too_long among them;
  /// what replaced_path() does.
  explicit PartFile(std::filesystem::path target,
                    std::chrono::steady_clock::duration patience = kDefaultLockPatience,
                    Durability durability = Durability::machine);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  /// Where a part of `target` grows that others can find: all processes share it, or a later one goes
  /// on with it.
  static std::filesystem::path path_of(const std::filesystem::path& target);

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& path() const { return path_; }

  /// Writes `bytes` at `offset`; calls may come in any order, and beside read_at().
  /// Throws: the system's code, no_space_on_device among them.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Fills `bytes` with what is at `offset`. Throws: the system's code; errc::part_changed where
  /// the file is shorter.
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  /// Says how large the file will be: what lies beyond is dropped, and a full disk shows now.
  /// Throws: no_space_on_device, before any room is taken, where the disk has less than it needs.
  void size_hint(std::uint64_t bytes);

  /// The journal, as net::ResumableSink has it. That it cannot be written is no failure.
  void save_state(std::span<const std::byte> state);
  void append_log(std::span<const std::byte> record);
  void flush_state(std::span<const std::byte> state);
  std::vector<std::byte> load_state();
  std::vector<std::byte> load_log();

  /// Flushes the file, renames it to the target, replacing a regular file that is there, and flushes
  /// the folder. Throws: errc::part_changed where the part was replaced by somebody else.
  void publish();
  /// Nothing of the part is to stay.
  void discard() { is_kept_ = false; }

 private:
  void open_private();

  std::filesystem::path target_;
  std::filesystem::path path_;
  Durability durability_;
  bool is_published_ = false;
  bool is_kept_ = false;
  detail::File file_;
  std::optional<detail::Journal> journal_;
  std::atomic<std::uint64_t> unflushed_{0};
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_PART_FILE_H_
