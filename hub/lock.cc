#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/checkpoint_shards.h>
#include <torchhub/hub/lock.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/hub/repository.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace torchhub {
namespace {

bool is_url(const std::string& name) { return name.find("://") != name.npos; }

UrlPin pin_of_file(const std::filesystem::path& file, const Context& context) {
  return {cache::VerifiedFiles(context.paths().stamps()).digest_of(file),
          std::filesystem::file_size(file)};
}

// By lock_key_of_url(): the URL's own pin and, of the index of a checkpoint in several files, theirs.
std::map<std::string, UrlPin> pins_of_url(const std::string& url, const LockOptions& options,
                                          const Context& context) {
  const std::filesystem::path file = get_checkpoint_file(
      url, CheckpointFileOptions().force_reload(options.update()).stop(options.stop()), context);
  std::map<std::string, UrlPin> pins{{lock_key_of_url(url), pin_of_file(file, context)}};
  for (const detail::Shard& shard : detail::shards_of(url, file))
    pins.emplace(lock_key_of_url(shard.url), pin_of_file(shard.file, context));
  return pins;
}

RepositoryPin pin_of_repository(const std::string& name, const LockOptions& options,
                                const Context& context) {
  Repository repository = get_repository(
      context, name, FetchOptions().force_reload(options.update()).stop(options.stop()));
  // Python's torch.hub does not write down what it fetched.
  if (repository.commit.empty())
    repository =
        get_repository(context, name, FetchOptions().force_reload(true).stop(options.stop()));
  if (repository.commit.empty()) {
    throw Error(errc::bad_repository,
                name + ": its archive does not tell its commit, so that it cannot be pinned");
  }
  return {repository.key.ref, repository.commit, repository.tree};
}

std::string shown(const UrlPin& pin) { return pin.sha256; }
std::string shown(const RepositoryPin& pin) { return pin.commit; }

// Puts `pin` in its place and notes what that changes.
template <class Pins>
void move_pin(Pins& pins, const std::string& name, typename Pins::mapped_type pin,
              std::vector<PinChange>& changes) {
  const auto [place, is_new] = pins.try_emplace(name);
  if (place->second == pin) return;
  changes.push_back({name, is_new ? "" : shown(place->second), shown(pin)});
  place->second = std::move(pin);
}

std::vector<std::string> all_names(const LockFile& lock_file) {
  std::vector<std::string> names;
  for (const auto& [name, pin] : lock_file.repositories) names.push_back(name);
  for (const auto& [name, pin] : lock_file.urls) names.push_back(name);
  // An index before its shards, which are pinned with it.
  std::stable_partition(names.begin(), names.end(), [](const std::string& name) {
    const auto file_name = cache::checkpoint_name(name);
    return file_name && detail::is_shard_index(*file_name);
  });
  return names;
}

}  // namespace

std::vector<PinChange> lock(LockFile& lock_file, const std::vector<std::string>& names,
                            const LockOptions& options, const Context& context) {
  LockFile result = lock_file;
  std::vector<PinChange> changes;
  // What is being pinned is not held to its pin.
  const Context unpinned = Context(context).no_lock_file();
  const bool takes_all = names.empty() && options.update();
  std::set<std::string> pinned;
  for (const std::string& name : takes_all ? all_names(lock_file) : names) {
    if (is_url(name)) {
      const std::string key = lock_key_of_url(name);
      if (pinned.contains(key) || (result.urls.contains(key) && !options.update())) continue;
      for (auto& [one, pin] : pins_of_url(name, options, unpinned)) {
        pinned.insert(one);
        move_pin(result.urls, one, std::move(pin), changes);
      }
    } else {
      const auto repo = RepoRef::parse(name);
      if (!repo) throw Error(repo.error(), "\"" + name + "\" is " + repo.error().message());
      if (result.repositories.contains(repo->text()) && !options.update()) continue;
      move_pin(result.repositories, repo->text(), pin_of_repository(name, options, unpinned),
               changes);
    }
  }
  lock_file = std::move(result);
  return changes;
}

}  // namespace torchhub
