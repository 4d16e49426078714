#ifndef TORCHHUB_CACHE_DETAIL_FILE_H_
#define TORCHHUB_CACHE_DETAIL_FILE_H_
// A file descriptor with an owner, and system calls that throw cache::Error.

#include <torchhub/cache/error.h>
#include <torchhub/cache/export.h>

#include <sys/types.h>
#include <unistd.h>

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

/// Whether `file` is still what lies at `path`, which is no symbolic link.
bool is_at(const std::filesystem::path& path, const File& file);

/// Whether `file` is regular and has one name at most: what has two is also another file, which who
/// gave it the second one may have chosen.
bool is_single(const File& file);

/// Whether it is that and this process's own: nobody has planted it, nobody else writes to it.
bool is_own(const File& file);
/// Whether what lies at `path` is that, of the user `owner`, or nothing lies there.
bool is_own_or_absent(const std::filesystem::path& path, uid_t owner = ::geteuid());
/// Whether `owner` is this process's user, or root: whom what is written is believed.
bool is_own_or_roots(uid_t owner);
/// Whose `file` is. Some file systems call whoever makes a file by another number than the kernel does.
uid_t user_of(const File& file);

/// Marks a part, so that what a killed process left of it is told from a file that somebody gave such a
/// name: by the sticky bit, which means nothing for a file (inode(7)). A file system may not keep it.
void set_part_mark(const File& file, bool marked);
bool has_part_mark(const File& file);

enum class Lock {
  taken,
  busy,        ///< somebody else holds it, or `path` names another file by now
  unreliable,  ///< this file system's locks exclude nobody, or it has none
};

/// Tries an exclusive flock on `file`, which was opened as `path`. The holder of a lock may rename
/// or unlink its file, so that what is locked must still be what is there. A lock that a second one
/// on the same file does not respect is none: so it is on some network file systems. On others, known
/// by their type, it counts on this machine only. `file` may be open for reading alone.
Lock try_lock(const std::filesystem::path& path, const File& file);

struct LockedFile {
  File file;  ///< none where what lies there is left alone
  bool is_reliable = true;
};

/// Whose file may be locked.
enum class Whose { anybodys, own };

/// The process that holds a lock on the file at `path`, as far as this machine's kernel shows it.
std::optional<int> lock_holder(const std::filesystem::path& path);

/// Called while a lock is waited for: after a second, then every ten seconds.
using OnWait = std::function<void(std::optional<int> holder)>;

/// Creates `path`, if need be, and waits for try_lock() on it until `deadline`. A file that may only
/// be read is locked all the same. What may not be opened, is no regular file or a symbolic link, or
/// is not as `whose` has it, is left alone: that is no file, at once.
/// Throws: errc::lock_timeout, with the holder's number; the system's code for other failures.
LockedFile open_locked(const std::filesystem::path& path,
                       std::chrono::steady_clock::time_point deadline,
                       const OnWait& on_wait = nullptr, Whose whose = Whose::anybodys);

/// Makes the names in `folder` durable.
void sync_folder(const std::filesystem::path& folder);

}  // namespace torchhub::cache::detail

#endif  // TORCHHUB_CACHE_DETAIL_FILE_H_
