// Journals of downloads: what an input writes, spoils and cuts short is read as a state that was once
// saved and what was logged after it, or as none.

#include <torchhub/cache/detail/journal.h>
#include <torchhub/cache/error.h>
#include <torchhub/tests/support/temp_folder.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

namespace cache = torchhub::cache;
using cache::detail::File;
using cache::detail::Journal;
using Bytes = std::vector<std::byte>;

// The input, byte by byte.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool is_empty() const { return bytes_.empty(); }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (; bytes > 0 && !bytes_.empty(); --bytes, bytes_ = bytes_.subspan(1))
      value = value << 8 | bytes_[0];
    return value;
  }
  std::span<const std::byte> rest() const { return std::as_bytes(bytes_); }

 private:
  std::span<const std::uint8_t> bytes_;
};

// A state, and each record that was appended to it.
struct Saved {
  Bytes state;
  Bytes log;
};

bool begins(const Bytes& whole, const Bytes& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// Of a repeating text with a number, so that no two states are one.
Bytes content(std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::byte>(number >> (8 * (i % 8)) ^ i / 8);
  return bytes;
}

void check(const Journal::Content& found, const std::vector<Saved>& all) {
  if (found.state.empty()) {
    if (!found.log.empty()) __builtin_trap();
    return;
  }
  for (const Saved& saved : all) {
    if (saved.state == found.state && begins(saved.log, found.log)) return;
  }
  __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const torchhub::tests::TempFolder folder;
  const std::string path = folder / "journal";
  const File subject(::open((folder / "part").c_str(), O_RDWR | O_CREAT, 0600));
  ::unlink(path.c_str());
  Reader input(std::span(data, size));
  std::vector<Saved> saved;
  std::uint64_t number = 0;
  bool is_raw = false;
  try {
    Journal journal(path, subject);
    while (!input.is_empty()) {
      const std::uint64_t what = input.number(1) % 8;
      const Bytes bytes = content(++number, static_cast<std::size_t>(input.number(2) % 20'000 + 1));
      if (what <= 1) {
        journal.save(bytes);
        saved.push_back({bytes, {}});
      } else if (what <= 3 && !saved.empty()) {
        Bytes record(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(
                                                        std::min<std::size_t>(bytes.size(), 4096)));
        journal.append(record);
        saved.back().log.insert(saved.back().log.end(), record.begin(), record.end());
      } else if (what == 4 && !saved.empty()) {
        journal.flush(saved.back().state);
      } else if (what == 5 && !saved.empty()) {
        const File spoiled(::open(path.c_str(), O_RDWR));
        const std::uint64_t value = input.number(1);
        const std::uint64_t at = input.number(3) % (512 << 10);
        cache::detail::write_all(path, spoiled, at, std::as_bytes(std::span(&value, 1)));
      } else if (what == 6) {
        if (::truncate(path.c_str(), static_cast<off_t>(input.number(3) % (512 << 10))) != 0)
          continue;
      } else if (what == 7 && saved.empty()) {
        const File raw(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
        cache::detail::write_all(path, raw, 0, input.rest());
        is_raw = true;
        break;
      }
    }
    const Journal::Content found = Journal(path, subject).load();
    if (is_raw ? !found.state.empty() : (check(found, saved), false)) __builtin_trap();
    // Whoever goes on, goes on from there.
    Journal next(path, subject);
    next.load();
    const Bytes more = content(++number, 100);
    next.save(more);
    if (Journal(path, subject).load().state != more) __builtin_trap();
  } catch (const cache::Error&) {
    // A file that was made shorter under its writer's hands.
  }
  return 0;
}
