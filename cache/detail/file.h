#ifndef TORCHHUB_CACHE_DETAIL_FILE_H_
#define TORCHHUB_CACHE_DETAIL_FILE_H_
// A file descriptor with an owner, and system calls that throw cache::Error.

#include <torchhub/cache/error.h>
#include <torchhub/cache/export.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::cache::detail {

class TORCHHUB_CACHE_EXPORT File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();

  int descriptor() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// Throws cache::Error with errno: "PATH: WHAT: No space left on device".
[[noreturn]] void throw_errno(const std::filesystem::path& path, std::string_view what,
                              int error = errno);

/// Writes all of `bytes` at `offset`.
void write_all(const std::filesystem::path& path, const File& file, std::uint64_t offset,
               std::span<const std::byte> bytes);

enum class Lock {
  taken,
  busy,        ///< somebody else holds it, or `path` names another file by now
  unreliable,  ///< this file system's locks exclude nobody, or it has none
};

/// Tries an exclusive flock on `file`, which was opened as `path`. The holder of a lock may rename
/// or unlink its file, so that what is locked must still be what is there. A lock that a second one
/// on the same file does not respect is none: so it is on some network file systems. On others, known
/// by their type, it counts on this machine only.
Lock try_lock(const std::filesystem::path& path, const File& file);

struct LockedFile {
  File file;
  bool is_reliable = true;
};

/// The process that holds a lock on the file at `path`, as far as this machine's kernel shows it.
std::optional<int> lock_holder(const std::filesystem::path& path);

/// Called while a lock is waited for: after a second, then every ten seconds.
using OnWait = std::function<void(std::optional<int> holder)>;

/// Creates `path`, if need be, and waits for try_lock() on it until `deadline`.
/// Throws: errc::lock_timeout, with the holder's number.
LockedFile open_locked(const std::filesystem::path& path,
                       std::chrono::steady_clock::time_point deadline,
                       const OnWait& on_wait = nullptr);

/// Makes the names in `folder` durable.
void sync_folder(const std::filesystem::path& folder);

}  // namespace torchhub::cache::detail

#endif  // TORCHHUB_CACHE_DETAIL_FILE_H_
