#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/cache/trust_list.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <sstream>

namespace torchhub::cache {
namespace {

std::string read_all(const detail::File& file, const std::filesystem::path& path) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got =
        ::pread(file.descriptor(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (got == 0) return text;
    if (got > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      detail::throw_errno(path, "cannot be read");
    }
  }
}

std::string_view stripped(std::string_view line) {
  constexpr std::string_view kWhite = " \t\r\n\v\f";
  const std::size_t first = line.find_first_not_of(kWhite);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kWhite) - first + 1);
}

bool has_line(std::string_view text, std::string_view entry) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (stripped(text.substr(0, end)) == entry) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// A list that does not exist is empty.
std::string read_list(const std::filesystem::path& list) {
  const detail::File file(::open(list.c_str(), O_RDONLY | O_CLOEXEC));
  if (file) return read_all(file, list);
  if (errno == ENOENT) return "";
  detail::throw_errno(list, "cannot be read");
}

}  // namespace

bool is_listed(const std::filesystem::path& list, std::string_view entry) {
  return has_line(read_list(list), entry);
}

std::vector<std::string> listed_lines(const std::filesystem::path& list) {
  std::vector<std::string> lines;
  std::istringstream text(read_list(list));
  for (std::string line; std::getline(text, line);) lines.emplace_back(stripped(line));
  return lines;
}

void add_to_trust_list(const std::filesystem::path& list, std::string_view entry) {
  make_folders(list.parent_path());
  const std::filesystem::path place = replaced_path(list);
  const detail::LockedFile locked =
      detail::open_locked(place, std::chrono::steady_clock::now() + kDefaultLockPatience);
  // O_APPEND keeps the line whole beside a Python that appends too.
  const detail::File appending(
      ::open(place.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!appending) detail::throw_errno(list, "cannot be appended to");
  // A second name would be that of a file that somebody chose.
  if (!detail::is_single(appending)) detail::throw_errno(list, "cannot be appended to", EPERM);
  const std::string text = read_all(appending, list);
  if (has_line(text, entry)) return;
  std::string line = text.empty() || text.ends_with('\n') ? "" : "\n";
  line.append(entry).append("\n");
  if (::write(appending.descriptor(), line.data(), line.size()) !=
      static_cast<ssize_t>(line.size())) {
    detail::throw_errno(list, "cannot be appended to");
  }
}

}  // namespace torchhub::cache
