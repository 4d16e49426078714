#ifndef TORCHHUB_CACHE_DETAIL_JOURNAL_H_
#define TORCHHUB_CACHE_DETAIL_JOURNAL_H_
// A small file that remembers a state and a log of what came since, whatever happens: to the
// process, whose last whole save is found; to the machine, after which only what was flushed is.
//
// Layout: a preamble, two slots that saves alternate between, two for flushes, the log. A torn write
// spoils one slot and leaves the other. Every slot and record has a digest, and names the boot of
// the machine and the file that it speaks of.

#include <torchhub/cache/detail/file.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <vector>

namespace torchhub::cache::detail {

/// Thread safety: all functions may be called at once.
class Journal {
 public:
  /// The journal at `path` about the file open as `subject`. Nothing is created yet.
  Journal(std::filesystem::path path, const File& subject);

  /// The newest state that can be believed, and the records appended to it. Empty for none.
  struct Content {
    std::vector<std::byte> state;
    std::vector<std::byte> log;
  };
  Content load();

  /// Replaces the state and empties the log. Survives the process.
  void save(std::span<const std::byte> state);
  /// Survives the process. After a save only.
  void append(std::span<const std::byte> record);
  /// Replaces the state that survives the machine; the other one stays. After a save of a state as
  /// large. Flushes the journal, not its subject.
  void flush(std::span<const std::byte> state);

  void remove();

 private:
  std::vector<std::byte> encode(std::span<const std::byte> state, bool is_flushed);
  void write_anew(std::span<const std::byte> state);
  void fill_anew(const std::filesystem::path& fresh, std::span<const std::byte> state);
  void open(bool may_create);
  void write(std::size_t slot, std::span<const std::byte> bytes);
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  std::vector<std::byte> read_at(std::uint64_t offset, std::size_t bytes) const;

  std::mutex mutex_;
  std::filesystem::path path_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  uid_t owner_ = 0;  // the subject's
  std::array<char, 36> boot_{};
  File file_;
  std::uint64_t capacity_ = 0;  // of a slot
  std::uint64_t generation_ = 0;
  std::uint64_t saved_generation_ = 0;
  std::size_t next_saved_ = 0;
  std::size_t next_flushed_ = 0;
  std::uint64_t log_end_ = 0;
  std::vector<std::byte> flushed_;  // the state in the newest flushed slot
};

/// Whether `file` may be a journal: it begins as one, or is empty.
bool may_be_journal(const File& file);

}  // namespace torchhub::cache::detail

#endif  // TORCHHUB_CACHE_DETAIL_JOURNAL_H_
