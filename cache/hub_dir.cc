#include <torchhub/cache/hub_dir.h>

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <mutex>

namespace torchhub::cache {
namespace {

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// The home of `user`, or of the process's own user where it is empty, by the user database.
std::optional<std::string> home_in_database(const std::string& user) {
  std::array<char, 16384> buffer;
  passwd entry;
  passwd* found = nullptr;
  if (user.empty()) {
    getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found);
  } else {
    getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  }
  return found ? std::optional<std::string>(found->pw_dir) : std::nullopt;
}

// os.path.expanduser
std::string expand_user(const std::string& path, const Environment& environment) {
  if (!path.starts_with('~')) return path;
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string user = path.substr(1, slash - 1);
  std::optional<std::string> home = user.empty() ? environment("HOME") : std::nullopt;
  if (!home) home = home_in_database(user);
  if (!home) return path;
  while (home->ends_with('/')) home->pop_back();
  const std::string expanded = *home + path.substr(slash);
  return expanded.empty() ? "/" : expanded;
}

// os.path.join, for a second part that is not absolute
std::string join(const std::string& folder, const char* name) {
  return folder.empty() || folder.ends_with('/') ? folder + name : folder + '/' + name;
}

std::mutex g_dir_mutex;
std::optional<std::string> g_dir;

}  // namespace

std::filesystem::path hub_dir_from(const Environment& environment) {
  std::optional<std::string> home = environment("TORCH_HOME");
  if (!home) home = join(environment("XDG_CACHE_HOME").value_or("~/.cache"), "torch");
  return join(expand_user(*home, environment), "hub");
}

std::filesystem::path get_dir() {
  {
    const std::lock_guard lock(g_dir_mutex);
    if (g_dir) return *g_dir;
  }
  return hub_dir_from(process_environment);
}

void set_dir(std::string_view dir) {
  std::string expanded = expand_user(std::string(dir), process_environment);
  const std::lock_guard lock(g_dir_mutex);
  g_dir = std::move(expanded);
}

}  // namespace torchhub::cache
