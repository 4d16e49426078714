#include <torchhub/hub/context.h>

#include <cstdlib>

namespace torchhub {
namespace {

// An address without the slash it may end with; a variable set to nothing counts as unset.
std::string address(const char* variable, std::string otherwise) {
  const char* value = std::getenv(variable);
  std::string text = value && *value ? value : std::move(otherwise);
  while (text.ends_with('/')) text.pop_back();
  return text;
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

Context Context::from_environment() {
  Context context(cache::TorchPaths::from_environment());
  context.github(GithubEndpoints::from_environment());
  return context;
}

}  // namespace torchhub
