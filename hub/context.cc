#include <torchhub/hub/context.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace torchhub {
namespace {

// An address without the slash it may end with; a variable set to nothing counts as unset.
std::string address(const char* variable, std::string otherwise) {
  const char* value = std::getenv(variable);
  std::string text = value && *value ? value : std::move(otherwise);
  while (text.ends_with('/')) text.pop_back();
  return text;
}

// A switch: off where it is unset, empty, 0, no, off or false.
bool is_on(const char* value) {
  constexpr std::array<std::string_view, 5> kOff = {"", "0", "no", "off", "false"};
  return value && std::find(kOff.begin(), kOff.end(), value) == kOff.end();
}

// The folders of a list with ':'.
std::vector<std::filesystem::path> folders(const char* list) {
  std::vector<std::filesystem::path> found;
  std::istringstream text(list ? list : "");
  for (std::string folder; std::getline(text, folder, ':');) {
    if (!folder.empty()) found.emplace_back(folder);
  }
  return found;
}

}  // namespace

GithubEndpoints GithubEndpoints::from_environment() {
  GithubEndpoints github;
  const std::string public_web = github.web;
  github.web = address("GITHUB_SERVER_URL", public_web);
  // Where an enterprise server keeps its API.
  if (github.web != public_web) github.api = github.web + "/api/v3";
  github.api = address("GITHUB_API_URL", github.api);
  if (const char* token = std::getenv("GITHUB_TOKEN")) github.token = token;
  return github;
}

Context Context::from_environment_unpinned() {
  Context context(cache::TorchPaths::from_environment());
  context.github(GithubEndpoints::from_environment());
  context.python(PythonChoice::from_environment());
  context.safe_directories(folders(std::getenv("TORCHHUB_SAFE_DIRECTORY")));
  context.offline(is_on(std::getenv("TORCHHUB_OFFLINE")));
  if (const std::string url = address("TORCHHUB_REMOTE_CACHE", ""); !url.empty())
    context.remote_cache(std::make_shared<RemoteCache>(url));
  if (const char* root = std::getenv("TORCHHUB_CONTENT_STORE"); root && *root)
    context.content_store(cache::ContentPaths(root));
  return context;
}

Context Context::from_environment() {
  Context context = from_environment_unpinned();
  if (const char* path = std::getenv("TORCHHUB_LOCK"); path && *path)
    context.lock_file(read_lock_file(path));
  return context;
}

}  // namespace torchhub
