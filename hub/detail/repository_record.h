#ifndef TORCHHUB_HUB_DETAIL_REPOSITORY_RECORD_H_
#define TORCHHUB_HUB_DETAIL_REPOSITORY_RECORD_H_
// What is remembered of repositories beside torch.hub's own files, under TorchPaths::own_dir().
// It is a help, never a condition: what cannot be read counts as unknown.

#include <torchhub/cache/torch_paths.h>

#include <string>

namespace torchhub::detail {

/// The commit that a fetched repository is of, 40 hexadecimal digits, or "".
std::string read_commit(const cache::TorchPaths& paths, const cache::RepositoryKey& key);

/// Remembers `commit` if it is one, else forgets what was known. Returns what read_commit() says now.
/// Throws cache::Error.
std::string write_commit(const cache::TorchPaths& paths, const cache::RepositoryKey& key,
                         const std::string& commit);

/// The ref that "no ref" meant last, or "".
std::string read_default_ref(const cache::TorchPaths& paths, const std::string& owner,
                             const std::string& name);

/// Remembers that "no ref" means `key.ref`. Throws cache::Error.
void write_default_ref(const cache::TorchPaths& paths, const cache::RepositoryKey& key);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_REPOSITORY_RECORD_H_
