#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/cache/trust_list.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>
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

// Who owns what lies at `list`, a link itself, if that is somebody whose lists do not count.
std::optional<uid_t> foreign_owner(const std::filesystem::path& list, ListsOf whose) {
  if (whose == ListsOf::anybody) return std::nullopt;
  if (const auto link = foreign_link(list.parent_path())) return link->owner;
  struct stat status;
  if (::lstat(list.c_str(), &status) != 0 || detail::is_own_or_roots(status.st_uid))
    return std::nullopt;
  return status.st_uid;
}

// A list that does not exist, or does not count, is empty.
std::string read_list(const std::filesystem::path& list, ListsOf whose) {
  if (foreign_owner(list, whose)) return "";
  // A FIFO would be waited for.
  const detail::File file(::open(list.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return "";
  struct stat status;
  if (!file || ::fstat(file.descriptor(), &status) != 0)
    detail::throw_errno(list, "cannot be read");
  // A link of one's own may lead to another user's.
  if (whose == ListsOf::trusted && !detail::is_own_or_roots(status.st_uid)) return "";
  if (!S_ISREG(status.st_mode)) detail::throw_errno(list, "is no regular file", EINVAL);
  return read_all(file, list);
}

[[noreturn]] void refuse_foreign(const std::filesystem::path& list, uid_t owner) {
  throw Error(boost::system::error_code(EPERM, boost::system::system_category()),
              list.string() + ": belongs to another user (uid " + std::to_string(owner) +
                  "), and is neither believed nor added to");
}

}  // namespace

bool is_listed(const std::filesystem::path& list, std::string_view entry, ListsOf whose) {
  return has_line(read_list(list, whose), entry);
}

std::vector<std::string> listed_lines(const std::filesystem::path& list, ListsOf whose) {
  std::vector<std::string> lines;
  std::istringstream text(read_list(list, whose));
  for (std::string line; std::getline(text, line);) lines.emplace_back(stripped(line));
  return lines;
}

void add_to_trust_list(const std::filesystem::path& list, std::string_view entry, ListsOf whose) {
  make_folders(list.parent_path());
  const std::filesystem::path place = replaced_path(list);
  if (const auto owner = foreign_owner(place, whose)) refuse_foreign(list, *owner);
  const detail::LockedFile locked =
      detail::open_locked(place, std::chrono::steady_clock::now() + kDefaultLockPatience);
  // O_APPEND keeps the line whole beside a Python that appends too.
  const detail::File appending(
      ::open(place.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!appending) detail::throw_errno(list, "cannot be appended to");
  // A second name would be that of a file that somebody chose.
  if (!detail::is_single(appending)) detail::throw_errno(list, "cannot be appended to", EPERM);
  if (const uid_t owner = detail::user_of(appending);
      whose == ListsOf::trusted && !detail::is_own_or_roots(owner))
    refuse_foreign(list, owner);
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
