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
#include <torchhub/hub/export.h>
#include <torchhub/hub/source.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub {

class FetchOptions {
 public:
  FetchOptions() = default;

  /// Default: Source::github.
  FetchOptions& source(Source value) {
    source_ = value;
    return *this;
  }
  Source source() const { return source_; }

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

  /// Whether "Using cache found in ..." is told. Default: true.
  FetchOptions& verbose(bool value) {
    verbose_ = value;
    return *this;
  }
  bool verbose() const { return verbose_; }

  /// A longer archive is refused with net::errc::too_large: what a repository is, a stranger decides.
  /// Default: 2 GiB.
  FetchOptions& max_archive_bytes(std::uint64_t value) {
    max_archive_bytes_ = value;
    return *this;
  }
  std::uint64_t max_archive_bytes() const { return max_archive_bytes_; }

  /// A fetch that takes longer ends with an error of the condition timed_out; waiting for another process
  /// that fetches the same counts. Default: none.
  FetchOptions& deadline(std::chrono::steady_clock::duration value) {
    deadline_ = value;
    return *this;
  }
  std::optional<std::chrono::steady_clock::duration> deadline() const { return deadline_; }

  /// Ends the fetch when a stop is requested. Default: nothing does.
  FetchOptions& stop(std::stop_token value) {
    stop_ = std::move(value);
    return *this;
  }
  const std::stop_token& stop() const { return stop_; }

  /// Called once the repository is there, before anything of it is read or run; what it throws, get_repository
  /// throws. Default: nothing.
  FetchOptions& on_got(std::function<void()> value) {
    on_got_ = std::move(value);
    return *this;
  }
  const std::function<void()>& on_got() const { return on_got_; }

 private:
  Source source_ = Source::github;
  bool force_reload_ = false;
  bool skip_validation_ = false;
  bool verbose_ = true;
  std::uint64_t max_archive_bytes_ = std::uint64_t{2} << 30;
  std::optional<std::chrono::steady_clock::duration> deadline_;
  std::stop_token stop_;
  std::function<void()> on_got_;
};

struct Repository {
  cache::RepositoryKey key;      ///< without owner, name and ref for a local folder
  std::filesystem::path folder;  ///< holds hubconf.py
  std::string commit;            ///< 40 hexadecimal digits, or "" where it is not known
  std::string tree;              ///< its cache::tree_digest() when it was fetched, or ""

  bool is_local() const { return key.owner.empty(); }
};

/// The repository that `name` means: a folder, which is taken as it is, or OWNER/NAME or
/// OWNER/NAME:REF. One that is in the cache costs
/// no request, also without a ref: what that meant is remembered. Where the network fails, or may not
/// be used, and a `main` or `master` is cached, that is used, and said. One that the lock file pins is
/// fetched by its commit unless the cached tree is the pinned one, and its tree must have the pinned
/// digest.
/// Throws: errc::bad_repository_name, no_such_repository, no_such_ref, rate_limited, bad_answer,
///   bad_repository, offline, not_pinned, pin_mismatch; net::Error, archive::Error, cache::Error. The
///   cache is then as it was.
/// Thread safety: any number of threads and processes may ask for one repository at once; one
/// fetches.
TORCHHUB_EXPORT Repository get_repository(const Context& context, std::string_view name,
                                          const FetchOptions& options);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_REPOSITORY_H_
