#ifndef TORCHHUB_HUB_REPOSITORY_H_
#define TORCHHUB_HUB_REPOSITORY_H_
// A repository's files on this machine: those in the cache, or fetched now.
//
//   torchhub::Repository repo = torchhub::get_repository(context, "acme/digits",
//   torchhub::FetchOptions()); read(repo.folder / "hubconf.py");
//
// Nothing of the repository is run. One that nobody trusts yet is kept apart from torch.hub's own
// folders: to torch.hub, in Python too, being among those means to be trusted.

#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/context.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace torchhub {

class FetchOptions {
 public:
  FetchOptions() = default;

  /// Fetch the repository anew although it is in the cache. Default: false.
  FetchOptions& force_reload(bool value) {
    force_reload_ = value;
    return *this;
  }
  bool force_reload() const { return force_reload_; }

  /// Do not ask whether the ref is one of this repository and not only of a fork. Default: false.
  FetchOptions& skip_validation(bool value) {
    skip_validation_ = value;
    return *this;
  }
  bool skip_validation() const { return skip_validation_; }

 private:
  bool force_reload_ = false;
  bool skip_validation_ = false;
};

struct Repository {
  cache::RepositoryKey key;
  std::filesystem::path folder;  ///< holds hubconf.py
  std::string commit;            ///< 40 hexadecimal digits, or "" where it is not known
  std::string tree;              ///< its cache::tree_digest() when it was fetched, or ""
};

/// The repository that `name` means (OWNER/NAME or OWNER/NAME:REF). One that is in the cache costs
/// no request, also without a ref: what that meant is remembered. Where the network fails, or may not
/// be used, and a `main` or `master` is cached, that is used, and said. One that the lock file pins is
/// fetched by its commit unless the cached tree is the pinned one, and its tree must have the pinned
/// digest.
/// Throws: errc::bad_repository_name, no_such_repository, no_such_ref, rate_limited, bad_answer,
///   bad_repository, offline, not_pinned, pin_mismatch; net::Error, archive::Error, cache::Error. The
///   cache is then as it was.
/// Thread safety: any number of threads and processes may ask for one repository at once; one
/// fetches.
Repository get_repository(const Context& context, std::string_view name,
                          const FetchOptions& options);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_REPOSITORY_H_
