#include <torchhub/cache/detail/fitting_name.h>
#include <torchhub/cache/detail/json_file.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/repository_record.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace torchhub::cache {
namespace {

constexpr std::size_t kCommitDigits = 40;

bool is_commit(const std::string& text) {
  return text.size() == kCommitDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// Who may write down what a folder is: whoever made it could have made it anything.
std::optional<uid_t> owner_of(const std::filesystem::path& folder) {
  struct stat status;
  if (::lstat(folder.c_str(), &status) != 0) return std::nullopt;
  return status.st_uid;
}

std::optional<boost::json::object> record_of(const TorchPaths& paths,
                                             const std::string& folder_name) {
  const std::filesystem::path path = paths.repository_record(folder_name);
  for (const std::filesystem::path& parent : {paths.hub_dir(), paths.untrusted()}) {
    if (auto object = detail::read_json_object(path, owner_of(parent / folder_name))) return object;
  }
  return std::nullopt;
}

// What a rename keeps and a new folder has not; "" where there is no folder. A file system gives the number
// of a folder that is gone to the next one, so that the time of its making counts where it is kept.
std::string identity_of(const std::filesystem::path& folder) {
  struct statx status;
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_INO | STATX_BTIME, &status) != 0) return "";
  std::string identity = std::to_string(status.stx_ino);
  if ((status.stx_mask & STATX_BTIME) != 0) {
    identity += '@' + std::to_string(status.stx_btime.tv_sec) + '.' +
                std::to_string(status.stx_btime.tv_nsec);
  }
  return identity;
}

std::filesystem::path default_ref_path(const TorchPaths& paths, const std::string& owner,
                                       const std::string& name) {
  return paths.own_dir() / "default_refs" / detail::fitting_name(owner + '_' + name, ".json");
}

// Whose record lies in the file, if it is that one's.
std::optional<RepositoryKey> key_in(const TorchPaths& paths, const std::filesystem::path& file) {
  const auto object = detail::read_json_object(file);
  if (!object) return std::nullopt;
  RepositoryKey key(detail::text_member(*object, "owner"), detail::text_member(*object, "name"),
                    detail::text_member(*object, "ref"));
  if (paths.repository_record(key.folder_name()) != file) return std::nullopt;
  return key;
}

}  // namespace

RepositoryRecord read_record(const TorchPaths& paths, const RepositoryKey& key,
                             const std::filesystem::path& folder) {
  const auto object =
      detail::read_json_object(paths.repository_record(key.folder_name()), owner_of(folder));
  // Two repositories may share a folder's name: a_b/c and a/b_c.
  if (!object || detail::text_member(*object, "owner") != key.owner ||
      detail::text_member(*object, "ref") != key.ref ||
      detail::text_member(*object, "folder") != identity_of(folder)) {
    return {};
  }
  return {detail::text_member(*object, "commit"), detail::text_member(*object, "tree"),
          detail::text_member(*object, "server")};
}

void write_record(const TorchPaths& paths, const RepositoryKey& key,
                  const std::filesystem::path& folder, RepositoryRecord record) {
  if (!is_commit(record.commit)) record.commit.clear();
  detail::write_json_object(paths.repository_record(key.folder_name()),
                            {{"owner", key.owner},
                             {"name", key.name},
                             {"ref", key.ref},
                             {"folder", identity_of(folder)},
                             {"commit", record.commit},
                             {"tree", record.tree},
                             {"server", record.server}});
}

std::optional<RepositoryKey> key_of_folder(const TorchPaths& paths,
                                           const std::string& folder_name) {
  const auto object = record_of(paths, folder_name);
  if (!object) return std::nullopt;
  RepositoryKey key(detail::text_member(*object, "owner"), detail::text_member(*object, "name"),
                    detail::text_member(*object, "ref"));
  if (key.folder_name() != folder_name) return std::nullopt;
  return key;
}

std::string server_of_folder(const TorchPaths& paths, const std::string& folder_name) {
  const auto object = record_of(paths, folder_name);
  return object ? detail::text_member(*object, "server") : "";
}

void note_use(const TorchPaths& paths, const RepositoryKey& key) {
  detail::touch_note(paths.repository_record(key.folder_name()));
}

std::vector<RepositoryKey> recorded_repositories(const TorchPaths& paths) {
  namespace fs = std::filesystem;
  std::vector<std::pair<fs::file_time_type, RepositoryKey>> found;
  std::error_code absent;
  const fs::path records = paths.repository_record("any").parent_path();
  if (foreign_link(records)) return {};
  for (fs::directory_iterator entry(records, absent), end; !absent && entry != end;
       entry.increment(absent)) {
    std::error_code vanished;
    if (auto key = key_in(paths, entry->path()))
      found.emplace_back(entry->last_write_time(vanished), std::move(*key));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<RepositoryKey> keys;
  keys.reserve(found.size());
  for (auto& [time, key] : found) keys.push_back(std::move(key));
  return keys;
}

std::string read_default_ref(const TorchPaths& paths, const std::string& owner,
                             const std::string& name) {
  const auto object = detail::read_json_object(default_ref_path(paths, owner, name));
  return object ? detail::text_member(*object, "ref") : "";
}

void write_default_ref(const TorchPaths& paths, const RepositoryKey& key) {
  detail::write_json_object(default_ref_path(paths, key.owner, key.name), {{"ref", key.ref}});
}

}  // namespace torchhub::cache
