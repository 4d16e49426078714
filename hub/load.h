#ifndef TORCHHUB_HUB_LOAD_H_
#define TORCHHUB_HUB_LOAD_H_
// torch.hub.load: fetch a repository, run one of its entry points, keep what comes back.
//
//   torchhub::Model reader = torchhub::load("acme/digits:v1", "digit_reader",
//                                           torchhub::Arguments().keyword("pretrained", true),
//                                           torchhub::LoadOptions().trust_repo(true));
//
// This runs the repository's code in this process, hence the explicit trust. While it runs, torch.hub's
// downloads and nested loads go through this library's engine, cache, lock file and gate. It can be stopped:
//
//   std::stop_source source;                        // source.request_stop() from another thread, or a signal's listener
//   torchhub::load("acme/digits", "digit_reader", torchhub::Arguments(), LoadOptions().stop(source.get_token()));

#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/hub/trust.h>
#include <torchhub/python/arguments.h>

#include <stop_token>
#include <string_view>
#include <utility>

namespace torchhub {

class LoadOptions {
 public:
  LoadOptions() = default;

  /// How the repository is fetched.
  LoadOptions& fetch(FetchOptions value) {
    fetch_ = std::move(value);
    return *this;
  }
  const FetchOptions& fetch() const { return fetch_; }

  /// Who decides whether the code may run. Default: TrustRepo::check. As in torch.hub, true trusts,
  /// and false asks also about what is trusted.
  LoadOptions& trust_repo(TrustRepo value) {
    trust_repo_ = value;
    return *this;
  }
  LoadOptions& trust_repo(bool value) {
    return trust_repo(value ? TrustRepo::yes : TrustRepo::ask);
  }
  TrustRepo trust_repo() const { return trust_repo_; }

  /// Whether the repository's torch.load, torch.jit.load, torch.export.load, numpy.load and their like may read
  /// files that name more than data, classes of torch.nn and the repository's own: such a file runs whatever
  /// it likes. Default: false.
  LoadOptions& unsafe_checkpoints(bool value) {
    unsafe_checkpoints_ = value;
    return *this;
  }
  bool unsafe_checkpoints() const { return unsafe_checkpoints_; }

  /// Ends whatever takes long when a stop is requested: the fetch, and the repository's code, in which KeyboardInterrupt
  /// is raised (python/stoppable.h says when), downloads and loads in it included. It is fetch()'s own. Default: nothing
  /// does.
  LoadOptions& stop(std::stop_token value) {
    fetch_.stop(std::move(value));
    return *this;
  }
  const std::stop_token& stop() const { return fetch_.stop(); }

 private:
  FetchOptions fetch_;
  TrustRepo trust_repo_ = TrustRepo::check;
  bool unsafe_checkpoints_ = false;
};

/// A loaded model and the repository that it came from.
struct LoadedModel {
  Repository repository;
  Model model;
};

/// load(), with where the model came from.
TORCHHUB_EXPORT LoadedModel load_from_repository(std::string_view repo, std::string_view entry,
                                                 const Arguments& arguments,
                                                 const LoadOptions& options,
                                                 const Context& context);

/// Calls the entry point `entry` of `repo` (OWNER/NAME or OWNER/NAME:REF) and returns what it
/// returned.
/// Throws: as get_repository; errc::untrusted; python::errc::missing_dependencies and
///   no_such_entry_point; python::PythonException for what the repository's code raises; an error of the condition
///   operation_canceled where a stop ended it: python::errc::stopped for the repository's code.
TORCHHUB_EXPORT Model load(std::string_view repo, std::string_view entry,
                           const Arguments& arguments = Arguments(),
                           const LoadOptions& options = LoadOptions(),
                           const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_LOAD_H_
