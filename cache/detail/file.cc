#include <torchhub/cache/detail/file.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <thread>

namespace torchhub::cache::detail {
namespace {

constexpr std::chrono::milliseconds kFirstPause{10};
constexpr std::chrono::milliseconds kLongestPause{1000};

constexpr std::chrono::seconds kFirstWord{1};
constexpr std::chrono::seconds kBetweenWords{10};

// File systems, by statfs(2)'s numbers, whose locks may hold on one machine only: Lustre, GPFS, CIFS,
// SMB2.
constexpr std::array<std::uint32_t, 4> kLocalLocks = {0x0BD00BD0, 0x47504653, 0xFF534D42,
                                                      0xFE534D42};

bool has_local_locks(const File& file) {
  struct statfs status;
  return fstatfs(file.descriptor(), &status) == 0 &&
         std::find(kLocalLocks.begin(), kLocalLocks.end(),
                   static_cast<std::uint32_t>(status.f_type)) != kLocalLocks.end();
}

// Of a name that others may have chosen: no link is followed, and no FIFO waited for.
constexpr int kAsItLies = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

bool is_single(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_nlink <= 1;
}

bool is_own(const struct stat& status, uid_t owner) {
  return is_single(status) && status.st_uid == owner;
}

// The failures of open() that say whose the file is or what it is, and not that something broke.
bool is_refusal(int error) {
  constexpr std::array<int, 6> kRefusals = {EACCES, EPERM, EROFS, ELOOP, EISDIR, ENXIO};
  return std::find(kRefusals.begin(), kRefusals.end(), error) != kRefusals.end();
}

// For writing, which some network file systems want of who locks, else for reading.
File open_to_lock(const std::filesystem::path& path) {
  File file(::open(path.c_str(), O_RDWR | O_CREAT | kAsItLies, 0666));
  if (!file && !is_refusal(errno)) throw_errno(path, "cannot be opened for writing");
  if (!file) file = File(::open(path.c_str(), O_RDONLY | kAsItLies));
  return file;
}

bool is_regular(const File& file) {
  struct stat status;
  return fstat(file.descriptor(), &status) == 0 && S_ISREG(status.st_mode);
}

// 0, or errno. ENOLCK, ENOSYS and the like say that there are no locks here.
int try_flock(const File& file) {
  while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void throw_errno(const std::filesystem::path& path, std::string_view what, int error) {
  const boost::system::error_code code(error, boost::system::system_category());
  throw Error(code, path.string() + ": " + std::string(what) + ": " + code.message());
}

void write_all(const std::filesystem::path& path, const File& file, std::uint64_t offset,
               std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw_errno(path, "cannot be written");
    }
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

bool is_at(const std::filesystem::path& path, const File& file) {
  struct stat by_path;
  struct stat by_descriptor;
  return lstat(path.c_str(), &by_path) == 0 && fstat(file.descriptor(), &by_descriptor) == 0 &&
         by_path.st_dev == by_descriptor.st_dev && by_path.st_ino == by_descriptor.st_ino;
}

bool is_single(const File& file) {
  struct stat status;
  return fstat(file.descriptor(), &status) == 0 && is_single(status);
}

bool is_own(const File& file) {
  struct stat status;
  return fstat(file.descriptor(), &status) == 0 && is_own(status, ::geteuid());
}

bool is_own_or_absent(const std::filesystem::path& path, uid_t owner) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0 ? is_own(status, owner) : errno == ENOENT;
}

bool is_own_or_roots(uid_t owner) { return owner == ::geteuid() || owner == 0; }

void set_part_mark(const File& file, bool marked) {
  struct stat status;
  if (fstat(file.descriptor(), &status) != 0) return;
  const mode_t mode = status.st_mode & ALLPERMS;
  const mode_t wanted = marked ? mode | S_ISVTX : mode & ~static_cast<mode_t>(S_ISVTX);
  if (wanted != mode) ::fchmod(file.descriptor(), wanted);
}

bool has_part_mark(const File& file) {
  struct stat status;
  return fstat(file.descriptor(), &status) == 0 && (status.st_mode & S_ISVTX) != 0;
}

uid_t user_of(const File& file) {
  struct stat status;
  return fstat(file.descriptor(), &status) == 0 ? status.st_uid : ::geteuid();
}

Lock try_lock(const std::filesystem::path& path, const File& file) {
  switch (try_flock(file)) {
    case EWOULDBLOCK:
      return Lock::busy;
    case 0:
      break;
    default:
      return Lock::unreliable;
  }
  if (!is_at(path, file)) return Lock::busy;
  if (has_local_locks(file)) return Lock::unreliable;
  File second(::open(path.c_str(), O_RDWR | kAsItLies));
  if (!second) second = File(::open(path.c_str(), O_RDONLY | kAsItLies));
  // Who finds that locks lie removes an empty file: that this one is gone says nothing of the lock.
  if (!is_at(path, file)) return Lock::busy;
  if (second && try_flock(second) == 0) return Lock::unreliable;
  return Lock::taken;
}

std::optional<int> lock_holder(const std::filesystem::path& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  // proc_locks(5): "1: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE 0 EOF". The device is left out: it
  // differs from stat's on some file systems.
  const std::string inode = ':' + std::to_string(status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields(line);
    std::string number, kind, mode, access, file;
    int pid = 0;
    fields >> number >> kind >> mode >> access >> pid >> file;
    if (fields && kind == "FLOCK" && access == "WRITE" && file.ends_with(inode) && pid > 0)
      return pid;
  }
  return std::nullopt;
}

LockedFile open_locked(const std::filesystem::path& path,
                       std::chrono::steady_clock::time_point deadline, const OnWait& on_wait,
                       Whose whose) {
  auto next_word = std::chrono::steady_clock::now() + kFirstWord;
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    File file = open_to_lock(path);
    const bool may_be_locked = file && (whose == Whose::own ? is_own(file) : is_regular(file));
    if (!may_be_locked) return LockedFile{File(), false};
    const Lock lock = try_lock(path, file);
    if (lock != Lock::busy) return LockedFile{std::move(file), lock == Lock::taken};
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      const std::optional<int> holder = lock_holder(path);
      throw Error(errc::lock_timeout,
                  path.string() + ": " +
                      (holder ? "process " + std::to_string(*holder) : "another process") +
                      " still holds this lock");
    }
    if (on_wait && now >= next_word) {
      next_word = now + kBetweenWords;
      on_wait(lock_holder(path));
    }
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(pause, deadline - now));
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw_errno(folder, "cannot be opened");
  // EINVAL: a file system that keeps no folders to flush.
  if (::fsync(opened.descriptor()) != 0 && errno != EINVAL)
    throw_errno(folder, "cannot be flushed");
}

}  // namespace torchhub::cache::detail
