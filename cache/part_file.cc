#include <torchhub/cache/part_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <string>
#include <utility>

namespace torchhub::cache {
namespace {

// Dirty pages are written out on the way, so that the flush at the end is short.
constexpr std::uint64_t kWriteOutBytes = std::uint64_t{32} << 20;

// A name that no other process on any machine takes.
std::string private_suffix() {
  std::array<char, 64> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device random;
  const std::uint64_t nonce = (std::uint64_t{random()} << 32) | random();
  return '.' + std::string(host.data()) + '.' + std::to_string(getpid()) + '.' +
         std::to_string(nonce);
}

}  // namespace

PartFile::PartFile(std::filesystem::path target, std::chrono::steady_clock::duration patience,
                   Durability durability)
    : target_(std::move(target)),
      path_(target_.string() + ".torchhub-part"),
      durability_(durability) {
  detail::LockedFile locked =
      detail::open_locked(path_, std::chrono::steady_clock::now() + patience);
  if (locked.is_reliable) {
    file_ = std::move(locked.file);
  } else {
    struct stat status;
    const bool is_empty = fstat(locked.file.descriptor(), &status) == 0 && status.st_size == 0;
    if (is_empty) ::unlink(path_.c_str());
    path_ += private_suffix();
    file_ = detail::File(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file_) detail::throw_errno(path_, "cannot be opened for writing");
  }
  journal_.emplace(path_.string() + "-journal", file_);
  struct stat status;
  if (fstat(file_.descriptor(), &status) != 0) detail::throw_errno(path_, "cannot be looked at");
  // A journal beside an empty part is that of another one, which was published by a process that was
  // killed just then; its inode may be this one's now.
  if (status.st_size > 0) remembered_ = journal_->load();
  is_kept_ = !remembered_.state.empty();
  // Bytes that nothing is known of.
  if (!is_kept_ && ::ftruncate(file_.descriptor(), 0) != 0)
    detail::throw_errno(path_, "cannot be emptied");
}

PartFile::~PartFile() {
  if (is_published_ || is_kept_) return;
  journal_->remove();
  ::unlink(path_.c_str());
}

void PartFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  detail::write_all(path_, file_, offset, bytes);
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
  // KEEP_SIZE: room is set aside, and the length stays what was written.
  while (bytes > 0 &&
         ::fallocate(file_.descriptor(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) return;
    detail::throw_errno(path_, "no room for " + std::to_string(bytes) + " bytes");
  }
}

void PartFile::save_state(std::span<const std::byte> state) {
  journal_->save(state);
  is_kept_ = true;
}

void PartFile::append_log(std::span<const std::byte> record) { journal_->append(record); }

void PartFile::flush_state(std::span<const std::byte> state) {
  if (durability_ != Durability::machine) return;
  if (::fdatasync(file_.descriptor()) != 0) detail::throw_errno(path_, "cannot be flushed");
  journal_->flush(state);
}

std::vector<std::byte> PartFile::load_state() { return std::exchange(remembered_.state, {}); }

std::vector<std::byte> PartFile::load_log() { return std::exchange(remembered_.log, {}); }

void PartFile::publish() {
  const bool is_flushed = durability_ == Durability::machine;
  if (is_flushed && ::fdatasync(file_.descriptor()) != 0)
    detail::throw_errno(path_, "cannot be flushed");
  if (::rename(path_.c_str(), target_.c_str()) != 0) {
    detail::throw_errno(target_, "the finished download cannot be renamed to this");
  }
  is_published_ = true;
  journal_->remove();
  const std::filesystem::path folder = target_.parent_path();
  if (is_flushed) detail::sync_folder(folder.empty() ? "." : folder);
}

}  // namespace torchhub::cache
