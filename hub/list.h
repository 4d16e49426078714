#ifndef TORCHHUB_HUB_LIST_H_
#define TORCHHUB_HUB_LIST_H_
// torch.hub.list and torch.hub.help.
//
//   for (const auto& entry : torchhub::list("acme/digits:v1"))
//     std::cout << entry.name << entry.signature << "\n" << entry.docstring << "\n";
//
// By default hubconf.py is read and not run, so no trust is needed. ListOptions::run runs it, in a
// process of its own.

#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/trust.h>
#include <torchhub/python/entry_point.h>
#include <torchhub/python/sandbox.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

class ListOptions {
 public:
  ListOptions() = default;

  /// How the repository is fetched.
  ListOptions& fetch(FetchOptions value) {
    fetch_ = std::move(value);
    return *this;
  }
  const FetchOptions& fetch() const { return fetch_; }

  /// Run hubconf.py instead of reading it, if the repository may, in a process of its own. Default:
  /// false.
  ListOptions& run(bool value) {
    run_ = value;
    return *this;
  }
  bool run() const { return run_; }

  /// What that process may have. Default: SandboxOptions().
  ListOptions& sandbox(python::SandboxOptions value) {
    sandbox_ = std::move(value);
    return *this;
  }
  const python::SandboxOptions& sandbox() const { return sandbox_; }

  /// Who decides whether the code may run. Default: TrustRepo::check.
  ListOptions& trust_repo(TrustRepo value) {
    trust_repo_ = value;
    return *this;
  }
  TrustRepo trust_repo() const { return trust_repo_; }

 private:
  FetchOptions fetch_;
  bool run_ = false;
  python::SandboxOptions sandbox_;
  TrustRepo trust_repo_ = TrustRepo::check;
};

/// A repository and what its hubconf.py offers.
struct RepositoryListing {
  Repository repository;
  python::Listing listing;
};

/// Everything that list() leaves out. Throws as get_repository and python::StaticHubconf, or, where
/// it is run, as TrustGate::admit and python::WorkerHubconf.
TORCHHUB_EXPORT RepositoryListing list_repository(std::string_view repo, const ListOptions& options,
                                                  const Context& context);

/// An entry point, hidden ones too, and the listing that it was found beside.
struct DescribedEntryPoint {
  python::EntryPoint entry_point;
  python::Listing listing;
};

/// Everything that describe() leaves out. Throws as list_repository, and
/// python::errc::no_such_entry_point.
TORCHHUB_EXPORT DescribedEntryPoint describe_with_listing(std::string_view repo,
                                                          std::string_view entry,
                                                          const ListOptions& options,
                                                          const Context& context);

/// The public entry points, sorted by name. Throws as list_repository.
TORCHHUB_EXPORT std::vector<python::EntryPoint> list(
    std::string_view repo, const ListOptions& options = ListOptions(),
    const Context& context = Context::from_environment());

/// One entry point, hidden ones too. Throws as describe_with_listing.
TORCHHUB_EXPORT python::EntryPoint describe(std::string_view repo, std::string_view entry,
                                            const ListOptions& options, const Context& context);

/// An entry point's docstring as it stands in the file; "" where it has none. Throws as describe.
TORCHHUB_EXPORT std::string help(std::string_view repo, std::string_view entry,
                                 const ListOptions& options = ListOptions(),
                                 const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_LIST_H_
