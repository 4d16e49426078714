#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/own_folder.h>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

// From the root to `folder`, both included, the outermost first; none where it has no such root.
std::vector<fs::path> steps_to(const fs::path& folder, const fs::path& root) {
  std::vector<fs::path> steps;
  const fs::path first = root.has_filename() ? root : root.parent_path();  // it may end in a slash
  fs::path step = folder.has_filename() ? folder : folder.parent_path();
  for (; !step.empty() && step != step.parent_path(); step = step.parent_path()) {
    steps.push_back(step);
    if (first.empty() ? step.filename() == ".torchhub" : step == first) {
      if (first.empty() && step.has_parent_path()) steps.push_back(step.parent_path());
      std::reverse(steps.begin(), steps.end());
      return steps;
    }
  }
  return {};
}

std::optional<ForeignLink> foreign_link_at(const fs::path& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode) ||
      detail::is_own_or_roots(status.st_uid))
    return std::nullopt;
  return ForeignLink{path, status.st_uid};
}

void make_any(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) detail::throw_errno(folder, "this folder cannot be made", failure.value());
}

}  // namespace

std::optional<ForeignLink> foreign_link(const fs::path& folder, const fs::path& root) {
  for (const fs::path& step : steps_to(folder, root)) {
    if (auto link = foreign_link_at(step)) return link;
  }
  return std::nullopt;
}

void make_own_folders(const fs::path& folder, const fs::path& root) {
  // One after the other, each looked at once it is there: it decides where the next one would be.
  for (const fs::path& step : steps_to(folder, root)) {
    make_any(step);
    if (const auto link = foreign_link_at(step)) {
      throw Error(boost::system::error_code(EPERM, boost::system::system_category()),
                  link->path.string() + ": is a symbolic link of another user's (uid " +
                      std::to_string(link->owner) + "), and is not followed");
    }
  }
  make_any(folder);
}

}  // namespace torchhub::cache
