#ifndef TORCHHUB_CACHE_REPOSITORY_RECORD_H_
#define TORCHHUB_CACHE_REPOSITORY_RECORD_H_
// What is remembered of repositories beside their folders, in files of our own that Python's torch.hub
// does not see. It is a help, never a condition: what cannot be read counts as unknown,
// as does what another user wrote, but for root and whose the folder is that it is about.
//
//   cache::RepositoryRecord record = cache::read_record(paths, key, folder);
//   if (record.commit.empty()) ...   // Python's torch.hub fetched it

#include <torchhub/cache/export.h>
#include <torchhub/cache/torch_paths.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::cache {

struct RepositoryRecord {
  std::string commit;  ///< 40 hexadecimal digits, or "" where it is not known
  std::string tree;    ///< its tree_digest() when it was fetched, or ""
  std::string server =
      "";  ///< the address of the server that it is of, or "" where it is not known
};

/// What is known of `folder`; nothing known is an empty record. It is about that very folder: one that
/// Python's torch.hub put in its place has no record.
TORCHHUB_CACHE_EXPORT RepositoryRecord read_record(const TorchPaths& paths,
                                                   const RepositoryKey& key,
                                                   const std::filesystem::path& folder);

/// Remembers `record` of `folder`, which may still be renamed; a commit that is none is left out.
/// Throws cache::Error.
TORCHHUB_CACHE_EXPORT void write_record(const TorchPaths& paths, const RepositoryKey& key,
                                        const std::filesystem::path& folder,
                                        RepositoryRecord record);

/// Whose folder has this name, if that was ever written down: a name does not tell.
TORCHHUB_CACHE_EXPORT std::optional<RepositoryKey> key_of_folder(const TorchPaths& paths,
                                                                 const std::string& folder_name);

/// The server that the folder of this name was fetched from, or "" where it was not written down.
TORCHHUB_CACHE_EXPORT std::string server_of_folder(const TorchPaths& paths,
                                                   const std::string& folder_name);

/// The repository was used now. Nothing happens where that can't be written down.
TORCHHUB_CACHE_EXPORT void note_use(const TorchPaths& paths, const RepositoryKey& key);

/// The repositories that were ever written down, the last used first. Their folders may be gone.
TORCHHUB_CACHE_EXPORT std::vector<RepositoryKey> recorded_repositories(const TorchPaths& paths);

/// The ref that "no ref" meant last, or "".
TORCHHUB_CACHE_EXPORT std::string read_default_ref(const TorchPaths& paths,
                                                   const std::string& owner,
                                                   const std::string& name);

/// Remembers that "no ref" means `key.ref`. Throws cache::Error.
TORCHHUB_CACHE_EXPORT void write_default_ref(const TorchPaths& paths, const RepositoryKey& key);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_REPOSITORY_RECORD_H_
