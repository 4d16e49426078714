#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/replaced_path.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace torchhub::cache {
namespace {

// Dirty pages are written out on the way, so that the flush at the end is short.
constexpr std::uint64_t kWriteOutBytes = std::uint64_t{32} << 20;
// The page cache may take one piece of memory for a whole write. Large ones are scarce, and in a virtual
// machine they are what the host has taken back: writing there costs ten times as much.
constexpr std::size_t kWriteBytes = std::size_t{32} << 10;

// Whether `path` is there, and not empty.
bool has_bytes(const std::filesystem::path& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

// fallocate(2) takes what room there is before it fails, and every other program would meet a full disk
// meanwhile. `status` is the file's: what it has already need not be found.
void require_room(const std::filesystem::path& path, const detail::File& file,
                  const struct stat& status, std::uint64_t bytes) {
  constexpr std::uint64_t kStatBlockBytes = 512;  // stat(2)
  const std::uint64_t has = static_cast<std::uint64_t>(status.st_blocks) * kStatBlockBytes;
  struct statvfs disk;
  // A file system without a size does not tell.
  if (bytes <= has || ::fstatvfs(file.descriptor(), &disk) != 0 || disk.f_blocks == 0) return;
  const std::uint64_t needed = bytes - has;
  const std::uint64_t unit = disk.f_frsize;
  if (needed / unit < disk.f_bavail) return;
  if (needed / unit == disk.f_bavail && needed % unit == 0) return;
  detail::throw_errno(path,
                      "no room for its bytes: needs " + std::to_string(needed) + ", there are " +
                          std::to_string(disk.f_bavail * unit) + " free",
                      ENOSPC);
}

std::filesystem::path journal_path(const std::filesystem::path& part) {
  return part.string().append(detail::kJournalSuffix);
}

// Whether what lies at a part's name and its journal's are such, and no file that somebody else called so:
// a part with bytes has the mark or a journal, and a journal begins as one.
bool is_part(const std::filesystem::path& part, const detail::File& file) {
  if (detail::has_part_mark(file)) return true;
  const detail::File journal(
      ::open(journal_path(part).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return journal ? detail::may_be_journal(journal) : !has_bytes(part);
}

}  // namespace

PartFile::PartFile(std::filesystem::path target, std::chrono::steady_clock::duration patience,
                   Durability durability)
    : target_(replaced_path(target)), path_(detail::part_path(target_)), durability_(durability) {
  // The part's name is shorter than such a target's could be.
  struct stat status;
  if (stat(target_.c_str(), &status) != 0 && errno == ENAMETOOLONG)
    detail::throw_errno(target_, "cannot be made");
  detail::LockedFile locked = detail::open_locked(
      path_, std::chrono::steady_clock::now() + patience, nullptr, detail::Whose::own);
  if (locked.is_reliable && detail::is_own_or_absent(journal_path(path_)) &&
      is_part(path_, locked.file)) {
    file_ = std::move(locked.file);
  } else {
    if (locked.file && !has_bytes(path_)) ::unlink(path_.c_str());
    open_private();
  }
  journal_.emplace(journal_path(path_), file_);
  if (fstat(file_.descriptor(), &status) != 0) detail::throw_errno(path_, "cannot be looked at");
  // A journal beside an empty part is that of another one, which was published by a process that was
  // killed just then; its inode may be this one's now.
  is_kept_ = status.st_size > 0 && !journal_->load().state.empty();
  detail::set_part_mark(file_, true);
  // Bytes that nothing is known of.
  if (!is_kept_ && ::ftruncate(file_.descriptor(), 0) != 0)
    detail::throw_errno(path_, "cannot be emptied");
}

std::filesystem::path PartFile::path_of(const std::filesystem::path& target) {
  try {
    return detail::part_path(replaced_path(target));
  } catch (const Error&) {
    return detail::part_path(target);  // none grows there
  }
}

// A part that no other process has: one that a dead one left, or a new one. Only the new one, which
// nobody can have put there, tells what this user is called on this file system.
void PartFile::open_private() {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const std::filesystem::path own = path_.string() + detail::owner_suffix();
  detail::File file(::open(own.c_str(), kFlags | O_CREAT | O_EXCL, 0666));
  if (!file) detail::throw_errno(path_, "cannot be opened for writing");
  const uid_t owner = detail::user_of(file);
  const std::filesystem::path folder = path_.parent_path().empty() ? "." : path_.parent_path();
  const std::string prefix = path_.filename().string() + '.';
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || name.ends_with(detail::kJournalSuffix) ||
        detail::owner_of(name) != detail::Owner::dead ||
        !detail::is_own_or_absent(entry.path(), owner) ||
        !detail::is_own_or_absent(journal_path(entry.path()), owner)) {
      continue;
    }
    detail::File left(::open(entry.path().c_str(), kFlags));
    // Of several that want it, one finds it there.
    if (!left || ::rename(entry.path().c_str(), own.c_str()) != 0) continue;
    ::rename(journal_path(entry.path()).c_str(), journal_path(own).c_str());
    if (!detail::is_at(own, left) || !detail::is_single(left) || detail::user_of(left) != owner) {
      throw Error(errc::part_changed,
                  own.string() + ": was replaced while an earlier download was taken up");
    }
    file = std::move(left);
    break;
  }
  path_ = own;
  file_ = std::move(file);
}

PartFile::~PartFile() {
  if (is_published_ || (is_kept_ && has_bytes(path_))) return;
  journal_->remove();
  ::unlink(path_.c_str());
}

void PartFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += kWriteBytes)
    detail::write_all(path_, file_, offset + at,
                      bytes.subspan(at, std::min(kWriteBytes, bytes.size() - at)));
  if (durability_ != Durability::machine) return;
  if ((unflushed_ += bytes.size()) < kWriteOutBytes) return;
  unflushed_ = 0;
  // Only begun; nothing depends on its success.
  ::sync_file_range(file_.descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

void PartFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(file_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) detail::throw_errno(path_, "cannot be read");
    if (count == 0) {
      throw Error(errc::part_changed,
                  path_.string() + ": became shorter while it was being downloaded");
    }
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void PartFile::size_hint(std::uint64_t bytes) {
  struct stat status;
  if (fstat(file_.descriptor(), &status) != 0) detail::throw_errno(path_, "cannot be looked at");
  if (static_cast<std::uint64_t>(status.st_size) > bytes &&
      ::ftruncate(file_.descriptor(), static_cast<off_t>(bytes)) != 0) {
    detail::throw_errno(path_, "cannot be shortened");
  }
  require_room(path_, file_, status, bytes);
  // KEEP_SIZE: room is set aside, and the length stays what was written.
  while (bytes > 0 &&
         ::fallocate(file_.descriptor(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) return;
    detail::throw_errno(path_, "no room for " + std::to_string(bytes) + " bytes");
  }
}

// Where the journal cannot be written, its last whole state still holds, or there is none: the file can
// be made all the same, and less of it is gone on with if it is not.
void PartFile::save_state(std::span<const std::byte> state) {
  try {
    journal_->save(state);
    is_kept_ = true;
  } catch (const Error&) {
  }
}

void PartFile::append_log(std::span<const std::byte> record) {
  if (!is_kept_) return;
  try {
    journal_->append(record);
  } catch (const Error&) {
  }
}

void PartFile::flush_state(std::span<const std::byte> state) {
  if (durability_ != Durability::machine) return;
  if (::fdatasync(file_.descriptor()) != 0) detail::throw_errno(path_, "cannot be flushed");
  try {
    journal_->flush(state);
  } catch (const Error&) {
  }
}

std::vector<std::byte> PartFile::load_state() {
  return is_kept_ ? journal_->load().state : std::vector<std::byte>();
}

std::vector<std::byte> PartFile::load_log() {
  return is_kept_ ? journal_->load().log : std::vector<std::byte>();
}

void PartFile::publish() {
  const bool is_flushed = durability_ == Durability::machine;
  detail::set_part_mark(file_, false);
  if (is_flushed && ::fdatasync(file_.descriptor()) != 0)
    detail::throw_errno(path_, "cannot be flushed");
  // In a folder of others, too, what was verified is what appears, and nothing that came in between.
  if (!detail::is_at(path_, file_))
    throw Error(errc::part_changed, path_.string() + ": was replaced while it was being made");
  if (::rename(path_.c_str(), replaced_path(target_).c_str()) != 0) {
    detail::throw_errno(target_, "the finished download cannot be renamed to this");
  }
  is_published_ = true;
  journal_->remove();
  const std::filesystem::path folder = target_.parent_path();
  if (is_flushed) detail::sync_folder(folder.empty() ? "." : folder);
}

}  // namespace torchhub::cache
