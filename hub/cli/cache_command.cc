#include <torchhub/cache/error.h>
#include <torchhub/cache/hub_dir.h>
#include <torchhub/cache/inventory.h>
#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/sweep.h>
#include <torchhub/cache/verification.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/cli/cache_command.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/repo_ref.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::system_clock;

cache::TorchPaths paths() { return cache::TorchPaths::from_environment(); }

std::string path_text(const std::filesystem::path& path) { return json_text(path.string()); }

// ISO 8601, in UTC.
std::string time_text(Clock::time_point time) {
  const std::time_t seconds = Clock::to_time_t(time);
  std::tm parts;
  std::array<char, 32> text;
  gmtime_r(&seconds, &parts);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string age_text(Clock::time_point time) {
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(Clock::now() - time).count();
  constexpr std::int64_t kHour = 60;
  constexpr std::int64_t kDay = 24 * kHour;
  if (minutes >= 2 * kDay) return std::to_string(minutes / kDay) + " days";
  if (minutes >= 2 * kHour) return std::to_string(minutes / kHour) + " hours";
  return std::to_string(std::max<std::int64_t>(minutes, 0)) + " minutes";
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(json_text(text));
}

json::object to_json(const cache::CachedRepository& repository) {
  const cache::RepositoryKey key = repository.key.value_or(cache::RepositoryKey());
  return {{"owner", text_or_null(key.owner)},
          {"name", text_or_null(key.name)},
          {"ref", text_or_null(key.ref)},
          {"commit", text_or_null(repository.record.commit)},
          {"tree", text_or_null(repository.record.tree)},
          {"dir", path_text(repository.path)},
          {"bytes", repository.bytes},
          {"created", time_text(repository.made)},
          {"last_used", time_text(repository.used)},
          {"complete", repository.is_complete},
          {"trusted", repository.is_settled}};
}

json::object to_json(const cache::CachedCheckpoint& checkpoint) {
  return {{"name", json_text(checkpoint.name)},
          {"path", path_text(checkpoint.path)},
          {"bytes", checkpoint.bytes},
          {"created", time_text(checkpoint.made)},
          {"last_used", time_text(checkpoint.used)},
          {"sha256", text_or_null(checkpoint.sha256)},
          {"url", text_or_null(checkpoint.url)}};
}

template <class Objects>
json::array array_of(const Objects& objects) {
  json::array array;
  for (const auto& object : objects) array.push_back(to_json(object));
  return array;
}

json::object document(json::array repositories, json::array checkpoints) {
  return {{"dir", path_text(paths().hub_dir())},
          {"repositories", std::move(repositories)},
          {"checkpoints", std::move(checkpoints)}};
}

std::string name_of(const cache::CachedRepository& repository) {
  if (!repository.key) return repository.name;
  return repository.key->owner + '/' + repository.key->name + ':' + repository.key->ref;
}

const char* verdict_text(cache::Verdict verdict) {
  switch (verdict) {
    case cache::Verdict::intact:
      return "ok";
    case cache::Verdict::damaged:
      return "damaged";
    case cache::Verdict::unknown:
      break;
  }
  return "unknown";
}

// What verify finds, said as it is found: it may take long.
class Report {
 public:
  Report(bool prints_json, bool quarantines) : json_(prints_json), quarantines_(quarantines) {}

  void add(const std::filesystem::path& path, const cache::Verification& found,
           json::array& entries) {
    json::object entry{{"path", path_text(path)},
                       {"verdict", verdict_text(found.verdict)},
                       {"expected", text_or_null(found.expected)},
                       {"found", found.found},
                       {"quarantine", nullptr}};
    std::string line = std::string(verdict_text(found.verdict)) + "  " + path.string();
    ++count;
    if (found.verdict == cache::Verdict::damaged) {
      ++damaged;
      line += ": expected " + found.expected + ", found " + found.found;
      if (quarantines_) {
        const std::filesystem::path away = cache::quarantine(paths(), path);
        entry["quarantine"] = path_text(away);
        line += "; moved to " + away.string();
      }
    }
    if (!json_) {
      results() << terminal_line(line) << "\n";
      results().flush();
    }
    entries.push_back(std::move(entry));
  }

  std::size_t count = 0;
  std::size_t damaged = 0;

 private:
  bool json_;
  bool quarantines_;
};

}  // namespace

void run(const CacheDirArguments&, const CommandLine& line) {
  const std::string dir = cache::get_dir().string();
  if (line.json) {
    results() << terminal_json(json::serialize(json::object{{"dir", json_text(dir)}})) << "\n";
  } else {
    results().print_path(dir) << "\n";
  }
}

void run(const CachePathArguments& arguments, const CommandLine& line) {
  const std::string& object = arguments.object;
  std::filesystem::path path;
  if (object.find("://") != object.npos) {
    path = checkpoint_path(object, CheckpointFileOptions(), Context(paths()));
  } else {
    const auto repo = RepoRef::parse(object);
    if (!repo) throw Error(repo.error(), "\"" + object + "\" is " + repo.error().message());
    std::string ref =
        repo->ref ? *repo->ref : cache::read_default_ref(paths(), repo->owner, repo->name);
    if (ref.empty()) ref = "main";
    const cache::RepositoryKey key(repo->owner, repo->name, ref);
    path = paths().repository(key);
    std::error_code absent;
    if (!std::filesystem::exists(path, absent) &&
        std::filesystem::exists(paths().untrusted_repository(key), absent)) {
      path = paths().untrusted_repository(key);
    }
  }
  std::error_code absent;
  const bool is_cached = std::filesystem::exists(path, absent);
  if (line.json) {
    const json::object document{{"path", path_text(path)}, {"cached", is_cached}};
    results() << terminal_json(json::serialize(document)) << "\n";
  } else {
    results().print_path(path) << "\n";
  }
}

void run(const CacheListArguments&, const CommandLine& line) {
  const cache::Inventory inventory = cache::take_inventory(paths());
  if (line.json) {
    results() << terminal_json(json::serialize(
                     document(array_of(inventory.repositories), array_of(inventory.checkpoints))))
              << "\n";
    return;
  }
  std::vector<std::vector<TerminalText>> rows = {{"name", "bytes", "age", "last use", "digest"}};
  std::uint64_t total = 0;
  const auto add = [&](const cache::CachedObject& object, const std::string& name,
                       const std::string& digest) {
    rows.push_back({terminal_line(name), grouped(object.bytes),
                    terminal_line(age_text(object.made)), terminal_line(age_text(object.used)),
                    terminal_line(digest.empty() ? "-" : digest.substr(0, 16))});
    total += object.bytes;
  };
  for (const cache::CachedRepository& repository : inventory.repositories) {
    add(repository, name_of(repository) + (repository.is_settled ? "" : " (not trusted)"),
        repository.record.commit);
  }
  for (const cache::CachedCheckpoint& checkpoint : inventory.checkpoints)
    add(checkpoint, checkpoint.name, checkpoint.sha256);
  print_table(results(), rows, {1});
  results() << inventory.repositories.size() << " repositories and " << inventory.checkpoints.size()
            << " checkpoints, " << grouped(total) << " bytes in "
            << terminal_line(paths().hub_dir().string()) << "\n";
}

void run(const CacheVerifyArguments& arguments, const CommandLine& line) {
  const cache::Inventory inventory = cache::take_inventory(paths());
  Report report(line.json, arguments.quarantine);
  json::array repositories;
  json::array checkpoints;
  for (const cache::CachedRepository& repository : inventory.repositories)
    report.add(repository.path, cache::verify(repository), repositories);
  for (const cache::CachedCheckpoint& checkpoint : inventory.checkpoints)
    report.add(checkpoint.path, cache::verify(paths(), checkpoint), checkpoints);
  if (line.json) {
    results() << terminal_json(
                     json::serialize(document(std::move(repositories), std::move(checkpoints))))
              << "\n";
  }
  if (report.damaged > 0) {
    throw cache::Error(cache::errc::hash_mismatch,
                       std::to_string(report.damaged) + " of " + std::to_string(report.count) +
                           " things in the cache are not what they were");
  }
}

void run(const CachePruneArguments& arguments, const CommandLine& line) {
  if (!arguments.max_size && !arguments.older_than)
    throw UsageError("cache prune needs --max-size or --older-than");
  cache::PruneLimits limits;
  limits.max_bytes = arguments.max_size;
  if (arguments.older_than)
    limits.max_idle_time = std::chrono::seconds(static_cast<std::int64_t>(*arguments.older_than));
  if (!arguments.dry_run) cache::sweep(paths());
  const cache::Prunable prunable =
      cache::choose_prunable(cache::take_inventory(paths()), limits, Clock::now());
  cache::Pruned pruned;
  if (!arguments.dry_run) pruned = cache::prune(paths(), prunable);
  const auto was_kept = [&](const cache::CachedObject& object) {
    return std::find(pruned.kept.begin(), pruned.kept.end(), object.path) != pruned.kept.end();
  };
  json::array repositories;
  json::array checkpoints;
  std::uint64_t bytes = 0;
  const auto tell = [&](const cache::CachedObject& object, const std::string& name) {
    const bool is_kept = was_kept(object);
    if (!is_kept) bytes += object.bytes;
    if (line.json) return;
    results() << terminal_line(is_kept             ? "in use, kept  "
                               : arguments.dry_run ? "would remove  "
                                                   : "removed  ")
              << terminal_line(name) << "  " << grouped(object.bytes) << " bytes\n";
  };
  for (const cache::CachedRepository& repository : prunable.repositories) {
    tell(repository, name_of(repository));
    if (!was_kept(repository)) repositories.push_back(to_json(repository));
  }
  for (const cache::CachedCheckpoint& checkpoint : prunable.checkpoints) {
    tell(checkpoint, checkpoint.name);
    if (!was_kept(checkpoint)) checkpoints.push_back(to_json(checkpoint));
  }
  if (line.json) {
    json::object result = document(std::move(repositories), std::move(checkpoints));
    result["bytes"] = bytes;
    result["dry_run"] = arguments.dry_run;
    results() << terminal_json(json::serialize(result)) << "\n";
  } else {
    results() << grouped(bytes)
              << terminal_text(arguments.dry_run ? " bytes would go\n" : " bytes removed\n");
  }
}

}  // namespace torchhub::cli
