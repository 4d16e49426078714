#include <torchhub/cache/detail/journal.h>
#include <torchhub/cache/sha256.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace torchhub::cache::detail {
namespace {

constexpr std::array<char, 8> kMagic = {'t', 'h', 'j', 'o', 'u', 'r', 'n', '1'};
constexpr std::uint64_t kPreambleBytes = 4096;
constexpr std::uint64_t kSmallestCapacity = std::uint64_t{64} << 10;
constexpr std::uint64_t kLargestCapacity = std::uint64_t{1} << 30;
constexpr std::size_t kSaved = 0;    // slots 0 and 1
constexpr std::size_t kFlushed = 2;  // slots 2 and 3
constexpr std::size_t kSlots = 4;
constexpr std::size_t kMaxRecord = 4096;

struct Preamble {
  std::array<char, 8> magic = kMagic;
  std::uint64_t capacity = 0;
};

struct SlotHead {
  std::array<char, 8> magic = kMagic;
  std::uint64_t generation = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::array<char, 36> boot{};
  std::uint32_t is_flushed = 0;
  std::uint64_t length = 0;
  std::array<std::byte, Sha256::kBytes> digest{};  // of this head with a digest of zeros, and state
};

struct RecordHead {
  std::uint64_t generation = 0;
  std::uint64_t length = 0;
  std::array<std::byte, Sha256::kBytes> digest{};
};

template <class Head>
std::span<const std::byte> bytes_of(const Head& head) {
  static_assert(std::is_trivially_copyable_v<Head>);
  return std::as_bytes(std::span(&head, 1));
}

template <class Head>
std::array<std::byte, Sha256::kBytes> digest_of(Head head, std::span<const std::byte> content) {
  head.digest = {};
  Sha256 digest;
  digest.update(bytes_of(head));
  digest.update(content);
  return digest.finish();
}

template <class Head>
std::vector<std::byte> sealed(Head head, std::span<const std::byte> content) {
  head.digest = digest_of(head, content);
  const auto front = bytes_of(head);
  std::vector<std::byte> bytes(front.begin(), front.end());
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

// Of a name that nobody can have taken, few bytes long: a part's own name may need the rest.
std::string fresh_suffix() {
  constexpr std::size_t kDigits = 8;
  std::random_device random;
  std::string digits = std::to_string(random());
  digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
  return "-new" + digits.substr(digits.size() - kDigits);
}

// The machine's boot: what the page cache held is gone when it is another one.
std::array<char, 36> boot_id() {
  std::array<char, 36> id{};
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  file.read(id.data(), id.size());
  return id;
}

}  // namespace

Journal::Journal(std::filesystem::path path, const File& subject)
    : path_(std::move(path)), boot_(boot_id()) {
  struct stat status;
  if (fstat(subject.descriptor(), &status) != 0) throw_errno(path_, "its file cannot be looked at");
  device_ = status.st_dev;
  inode_ = status.st_ino;
  owner_ = status.st_uid;
}

void Journal::open(bool may_create) {
  if (file_) return;
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (may_create ? O_CREAT : 0);
  file_ = File(::open(path_.c_str(), flags, 0666));
  if (!file_ && (may_create || errno != ENOENT)) throw_errno(path_, "cannot be opened");
  // What others have put here says nothing, and nothing is written there.
  if (file_ && !(is_single(file_) && user_of(file_) == owner_)) file_ = File();
}

std::vector<std::byte> Journal::read_at(std::uint64_t offset, std::size_t bytes) const {
  // A length that the file claims takes no more memory than the file has bytes.
  struct stat status;
  if (fstat(file_.descriptor(), &status) != 0) throw_errno(path_, "cannot be looked at");
  const std::uint64_t size = static_cast<std::uint64_t>(status.st_size);
  bytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(bytes, size - std::min<std::uint64_t>(size, offset)));
  std::vector<std::byte> content(bytes);
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t count = ::pread(file_.descriptor(), content.data() + got, bytes - got,
                                  static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(path_, "cannot be read");
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  content.resize(got);
  return content;
}

void Journal::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  write_all(path_, file_, offset, bytes);
}

void Journal::write(std::size_t slot, std::span<const std::byte> bytes) {
  write_at(kPreambleBytes + slot * capacity_, bytes);
}

Journal::Content Journal::load() {
  const std::lock_guard lock(mutex_);
  open(false);
  Content content;
  if (!file_) return content;
  Preamble preamble;
  const std::vector<std::byte> front = read_at(0, sizeof preamble);
  if (front.size() != sizeof preamble) return content;
  std::memcpy(&preamble, front.data(), sizeof preamble);
  const bool is_ours = preamble.magic == kMagic && std::has_single_bit(preamble.capacity) &&
                       preamble.capacity >= kSmallestCapacity &&
                       preamble.capacity <= kLargestCapacity;
  if (!is_ours) return content;
  capacity_ = preamble.capacity;

  // What was saved in this boot is newer than anything that was flushed.
  std::optional<std::uint64_t> saved;
  std::optional<std::uint64_t> flushed;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    SlotHead head;
    const std::uint64_t at = kPreambleBytes + slot * capacity_;
    const std::vector<std::byte> raw = read_at(at, sizeof head);
    if (raw.size() != sizeof head) continue;
    std::memcpy(&head, raw.data(), sizeof head);
    const bool may_be = head.magic == kMagic && head.device == device_ && head.inode == inode_ &&
                        head.length <= capacity_ - sizeof head;
    if (!may_be) continue;
    std::vector<std::byte> state = read_at(at + sizeof head, static_cast<std::size_t>(head.length));
    if (state.size() != head.length || digest_of(head, state) != head.digest) continue;
    generation_ = std::max(generation_, head.generation);
    const bool is_saved = slot < kFlushed;
    if (is_saved && head.boot != boot_) continue;
    if (is_saved && (!saved || head.generation > *saved)) next_saved_ = 1 - slot;
    if (is_saved ? saved && head.generation <= *saved
                 : saved || (flushed && head.generation <= *flushed)) {
      continue;
    }
    (is_saved ? saved : flushed) = head.generation;
    content.state = std::move(state);
  }
  if (!saved) return content;

  std::uint64_t at = kPreambleBytes + kSlots * capacity_;
  for (;;) {
    RecordHead head;
    const std::vector<std::byte> raw = read_at(at, sizeof head);
    if (raw.size() != sizeof head) break;
    std::memcpy(&head, raw.data(), sizeof head);
    if (head.generation != *saved || head.length > kMaxRecord) break;
    const std::vector<std::byte> record =
        read_at(at + sizeof head, static_cast<std::size_t>(head.length));
    if (record.size() != head.length || digest_of(head, record) != head.digest) break;
    content.log.insert(content.log.end(), record.begin(), record.end());
    at += sizeof head + head.length;
  }
  return content;
}

std::vector<std::byte> Journal::encode(std::span<const std::byte> state, bool is_flushed) {
  SlotHead head;
  head.generation = ++generation_;
  head.device = device_;
  head.inode = inode_;
  head.boot = boot_;
  head.is_flushed = is_flushed;
  head.length = state.size();
  return sealed(head, state);
}

// Slots for a state of so many bytes, the first of them in use: in a new file, which takes the old
// one's place when it is whole.
void Journal::write_anew(std::span<const std::byte> state) {
  const std::filesystem::path fresh = path_.string() + fresh_suffix();
  File before(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!before) throw_errno(fresh, "cannot be opened");
  std::swap(file_, before);
  const std::uint64_t capacity_before = capacity_;
  try {
    fill_anew(fresh, state);
  } catch (...) {
    // The old one, if there was one, goes on.
    std::swap(file_, before);
    capacity_ = capacity_before;
    ::unlink(fresh.c_str());
    throw;
  }
}

void Journal::fill_anew(const std::filesystem::path& fresh, std::span<const std::byte> state) {
  Preamble preamble;
  preamble.capacity = capacity_ =
      std::max(std::bit_ceil(2 * (sizeof(SlotHead) + state.size())), kSmallestCapacity);
  write_at(0, bytes_of(preamble));
  std::size_t next_flushed = 0;
  if (!flushed_.empty() && flushed_.size() + sizeof(SlotHead) <= capacity_) {
    write(kFlushed, encode(flushed_, true));
    next_flushed = 1;
    if (::fdatasync(file_.descriptor()) != 0) throw_errno(fresh, "cannot be flushed");
  }
  write(kSaved, encode(state, false));
  if (::rename(fresh.c_str(), path_.c_str()) != 0) throw_errno(path_, "cannot be replaced");
  next_saved_ = 1;
  next_flushed_ = next_flushed;
  saved_generation_ = generation_;
  log_end_ = kPreambleBytes + kSlots * capacity_;
}

void Journal::save(std::span<const std::byte> state) {
  const std::lock_guard lock(mutex_);
  if (!file_ || capacity_ < sizeof(SlotHead) + state.size()) return write_anew(state);
  write(kSaved + next_saved_, encode(state, false));
  saved_generation_ = generation_;
  next_saved_ = 1 - next_saved_;
  log_end_ = kPreambleBytes + kSlots * capacity_;
}

void Journal::append(std::span<const std::byte> record) {
  const std::lock_guard lock(mutex_);
  RecordHead head;
  head.generation = saved_generation_;
  head.length = record.size();
  const std::vector<std::byte> bytes = sealed(head, record);
  write_at(log_end_, bytes);
  log_end_ += bytes.size();
}

void Journal::flush(std::span<const std::byte> state) {
  File same;
  {
    const std::lock_guard lock(mutex_);
    // What does not fit will be flushed when the next save has made room.
    if (!file_ || capacity_ < sizeof(SlotHead) + state.size()) return;
    write(kFlushed + next_flushed_, encode(state, true));
    next_flushed_ = 1 - next_flushed_;
    flushed_.assign(state.begin(), state.end());
    same = File(::dup(file_.descriptor()));
  }
  // It takes its time, in which others save.
  if (!same || ::fdatasync(same.descriptor()) != 0) throw_errno(path_, "cannot be flushed");
}

void Journal::remove() {
  const std::lock_guard lock(mutex_);
  ::unlink(path_.c_str());
  file_ = File();
}

bool may_be_journal(const File& file) {
  std::array<char, kMagic.size()> front{};
  const ssize_t got = ::pread(file.descriptor(), front.data(), front.size(), 0);
  return got == 0 || (got == static_cast<ssize_t>(front.size()) && front == kMagic);
}

}  // namespace torchhub::cache::detail
