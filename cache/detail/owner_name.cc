#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/sha256.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace torchhub::cache::detail {
namespace {

namespace fs = std::filesystem;

// What is left of 255 bytes for a name beside the longest owner_suffix().
constexpr std::size_t kLongestWholeName = 100;
constexpr std::size_t kShortenedName = 64;
constexpr std::size_t kHostBytes = 64;

// This machine's name and the space that its process ids are from: two containers may share a name
// and a cache, and not their processes.
std::string place() {
  std::array<char, kHostBytes + 1> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::string name = host.data();
  std::erase(name, '/');
  std::error_code unknown;
  const std::string link = fs::read_symlink("/proc/self/ns/pid", unknown).string();  // pid:[N]
  std::string space;
  for (const char c : link) {
    if (c >= '0' && c <= '9') space += c;
  }
  return name + '.' + space;
}

// When a process began, in the kernel's ticks: field 22 of its stat (proc(5)); "" where there is none.
std::string start_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  // The second field is the program's name, in parentheses, and may hold anything.
  std::size_t at = stat.rfind(')');
  constexpr int kFieldsAfterName = 20;
  for (int field = 0; field < kFieldsAfterName && at != stat.npos; ++field)
    at = stat.find(' ', at + 1);
  if (at == stat.npos) return "";
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::string hex_of(std::string_view text, std::size_t digits) {
  Sha256 digest;
  digest.update(std::as_bytes(std::span(text)));
  return to_hex(digest.finish()).substr(0, digits);
}

}  // namespace

std::string owner_suffix() {
  const std::string pid = std::to_string(getpid());
  std::random_device random;
  const std::uint64_t nonce = (std::uint64_t{random()} << 32) | random();
  return '.' + place() + '.' + pid + '.' + start_of(pid) + '.' + std::to_string(nonce);
}

Owner owner_of(std::string_view name) {
  if (name.ends_with(kJournalSuffix)) name.remove_suffix(kJournalSuffix.size());
  std::array<std::string, 3> fields;  // nonce, start, pid
  for (std::string& field : fields) {
    const std::size_t dot = name.rfind('.');
    if (dot == name.npos) return Owner::unknown;
    field = name.substr(dot + 1);
    if (field.empty() || field.find_first_not_of("0123456789") != field.npos) return Owner::unknown;
    name = name.substr(0, dot);
  }
  if (!name.ends_with('.' + place())) return Owner::unknown;
  const std::string start = start_of(fields[2]);
  if (start == fields[1]) return Owner::alive;
  if (!start.empty()) return Owner::dead;
  // Its stat can't be read: it is gone, or somebody else's on a machine that hides them.
  int pid = 0;
  std::from_chars(fields[2].data(), fields[2].data() + fields[2].size(), pid);
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH ? Owner::dead : Owner::unknown;
}

fs::path part_path(const fs::path& target) {
  std::string name = target.filename().string();
  if (name.size() > kLongestWholeName)
    name = name.substr(0, kShortenedName) + '.' + hex_of(name, 16);
  return target.parent_path() / (name.append(kPartSuffix));
}

}  // namespace torchhub::cache::detail
