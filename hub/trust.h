#ifndef TORCHHUB_HUB_TRUST_H_
#define TORCHHUB_HUB_TRUST_H_
// Who may run. Every repository's code that runs in this project passes through TrustGate::admit.
//
//   python::TrustedSource source = TrustGate::admit(context, repository, TrustRepo::check);
//   python::Hubconf conf(source);
//
// Source: torch.hub's trust_repo and trusted_list (PyTorch 2.13). Different on purpose: trust is
// written down once the repository is there, not before, and a folder grants trust only if it holds
// a hubconf.py and is this user's own or root's.

#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/trust_repo.h>
#include <torchhub/python/trusted_source.h>

#include <string>
#include <string_view>

namespace torchhub {

/// Whether torch.hub takes the repository for trusted: its owner is one of PyTorch's own on the public
/// GitHub, it is on the trusted_list, or its folder is in the cache since before there was such a list
/// and belongs to this user or to root. What is known to be of another server than the context's
/// does not count; of what Python's torch.hub left, nothing is known. Neither does another user's list,
/// unless Context::safe_directories allows the hub directory.
TORCHHUB_EXPORT bool is_trusted(const Context& context, const cache::RepositoryKey& key);

/// Whether the cached folder that `key` names may be its: not one that was fetched for another
/// repository of that name (a_b/c and a/b_c share it), or from another server.
TORCHHUB_EXPORT bool may_be_of(const Context& context, const cache::RepositoryKey& key);

/// The address of the context's GitHub in one spelling.
TORCHHUB_EXPORT std::string server_of(const Context& context);

class TORCHHUB_EXPORT TrustGate {
 public:
  /// The permission to run `repository`'s code. Files that another user owns are not run, whatever
  /// `trust` says, unless the answer to a question allows it or Context::safe_directories does. On the way the repository moves among torch.hub's
  /// own folders, and onto the trusted_list unless it was trusted already (where that cannot be written
  /// to, a message says so); `repository.folder` follows.
  /// Throws: errc::untrusted where the answer is no, or nobody is there to answer.
  static python::TrustedSource admit(const Context& context, Repository& repository,
                                     TrustRepo trust);

  /// Lets pass what is behind `url` and is about to be run: TorchScript or machine code. Trusted are
  /// what the lock file pins, and the files of a trusted repository's releases on the GitHub of
  /// `context` (/releases/download/): there only who may write to the repository puts files. Nothing is
  /// written down: a URL has no place on the trusted_list.
  /// Throws: errc::untrusted where the answer is no, or nobody is there to answer.
  static void admit_url(const Context& context, std::string_view url, TrustRepo trust);

  /// The permission to run Python code that is no repository's: a module that is installed, an expression. `doing`
  /// says what, "Importing the module numpy". Only TrustRepo::yes and an answer to a question allow it: of such code
  /// nothing is known, and nothing is written down.
  /// Throws: errc::untrusted where the answer is no, or nobody is there to answer.
  static python::TrustedSource admit_code(const Context& context, std::string_view doing,
                                          TrustRepo trust);
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TRUST_H_
