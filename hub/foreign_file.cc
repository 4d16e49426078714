#include <torchhub/hub/foreign_file.h>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace torchhub {
namespace {

namespace fs = std::filesystem;

bool is_foreign(const struct stat& status) {
  return status.st_uid != ::geteuid() && status.st_uid != 0;
}

}  // namespace

std::optional<uid_t> foreign_owner(const fs::path& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  if (is_foreign(status)) return status.st_uid;
  if (!S_ISLNK(status.st_mode) || ::stat(path.c_str(), &status) != 0 || !is_foreign(status))
    return std::nullopt;
  return status.st_uid;
}

std::optional<ForeignFile> find_foreign_file(const fs::path& folder) {
  if (const auto owner = foreign_owner(folder)) return ForeignFile{folder, *owner};
  std::error_code failed;
  // What can't be read can't be run.
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, kOptions, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    if (const auto owner = foreign_owner(entry->path())) return ForeignFile{entry->path(), *owner};
  }
  return std::nullopt;
}

bool is_safe_directory(const std::vector<fs::path>& safe, const fs::path& folder) {
  std::error_code failed;
  const fs::path place = fs::weakly_canonical(folder, failed);
  return std::any_of(safe.begin(), safe.end(), [&](const fs::path& named) {
    if (named == "*") return true;
    fs::path root = fs::weakly_canonical(named, failed);
    if (!root.has_filename()) root = root.parent_path();  // it ended in a slash
    return std::mismatch(root.begin(), root.end(), place.begin(), place.end()).first == root.end();
  });
}

std::string user_name(uid_t user) {
  const std::string number = "user " + std::to_string(user);
  struct passwd entry;
  struct passwd* found = nullptr;
  std::array<char, 4096> texts;
  if (::getpwuid_r(user, &entry, texts.data(), texts.size(), &found) != 0 || !found) return number;
  return std::string(entry.pw_name) + " (" + number + ")";
}

}  // namespace torchhub
