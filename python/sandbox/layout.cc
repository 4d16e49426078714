#include <torchhub/python/sandbox/layout.h>

#include <climits>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <set>
#include <sstream>

namespace torchhub::python::sandbox {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

bool lies_in_any(const std::string& path, const std::vector<std::string>& trees) {
  return std::any_of(trees.begin(), trees.end(),
                     [&](const std::string& tree) { return lies_in(path, tree); });
}

std::string real_path(const std::string& path) {
  char real[PATH_MAX];
  return ::realpath(path.c_str(), real) ? real : "";
}

std::deque<std::string> parts_of(const std::string& path) {
  std::deque<std::string> parts;
  std::istringstream stream(path);
  for (std::string part; std::getline(stream, part, '/');)
    if (!part.empty() && part != ".") parts.push_back(part);
  return parts;
}

std::string target_of(const std::string& link) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
  return length < 0 ? "" : std::string(target, static_cast<std::size_t>(length));
}

// Walks as the kernel does; what it meets outside of the trees is remembered.
void walk(const std::string& path, Layout& layout, std::set<std::string>& seen) {
  std::deque<std::string> left = parts_of(path);
  std::string at;
  for (int links = 0; !left.empty() && links <= kMostLinks;) {
    const std::string part = left.front();
    left.pop_front();
    if (part == "..") {
      at.resize(at.empty() ? 0 : at.rfind('/'));
      continue;
    }
    const std::string next = at + '/' + part;
    const bool is_within = lies_in_any(next, layout.trees);
    struct stat status;
    if (::lstat(next.c_str(), &status) != 0) return;
    if (S_ISLNK(status.st_mode)) {
      const std::string target = target_of(next);
      if (!is_within && seen.insert(next).second) layout.links.emplace_back(next, target);
      std::deque<std::string> more = parts_of(target);
      left.insert(left.begin(), more.begin(), more.end());
      if (target.starts_with('/')) at.clear();
      ++links;
      continue;
    }
    at = next;
    if (!is_within && S_ISDIR(status.st_mode) && seen.insert(at).second)
      layout.folders.push_back(at);
  }
}

}  // namespace

bool lies_in(const std::string& path, const std::string& tree) {
  return path == tree || tree == "/" || (path.starts_with(tree) && path[tree.size()] == '/');
}

Layout layout_of(const std::vector<std::string>& paths) {
  Layout layout;
  std::vector<std::string> real;
  for (const std::string& path : paths) {
    std::string found = real_path(path);
    if (!found.empty()) real.push_back(std::move(found));
  }
  // A folder comes before what lies in it.
  std::sort(real.begin(), real.end());
  for (const std::string& path : real)
    if (!lies_in_any(path, layout.trees)) layout.trees.push_back(path);
  std::set<std::string> seen;
  for (const std::string& path : real) walk(path, layout, seen);
  for (const std::string& path : paths) walk(path, layout, seen);
  return layout;
}

}  // namespace torchhub::python::sandbox
