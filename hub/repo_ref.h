#ifndef TORCHHUB_HUB_REPO_REF_H_
#define TORCHHUB_HUB_REPO_REF_H_
// torch.hub's name for a repository: OWNER/NAME or OWNER/NAME:REF.
//
//   torchhub::RepoRef repo = torchhub::RepoRef::parse("acme/digits:v1").value();
//
// Pure. Stricter than torch.hub, which passes "a/b: c" or "a/b:../x" on to a server and to the
// disk: owner and name are those GitHub allows, the ref one that is_ref() allows.

#include <torchhub/hub/error.h>
#include <torchhub/hub/export.h>

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace torchhub {

/// Whether a branch, tag or commit may be called `text`: the rules of git check-ref-format that keep a
/// ref from meaning something else on a disk or in an API. Blanks inside, #, %, & and all of Unicode are
/// fine.
TORCHHUB_EXPORT bool is_ref(std::string_view text);

/// `ref` as a part of a URL's path: all but RFC 3986's unreserved characters and '/' percent-encoded.
TORCHHUB_EXPORT std::string ref_in_url(std::string_view ref);

struct TORCHHUB_EXPORT RepoRef {
  std::string owner;
  std::string name;
  std::optional<std::string> ref;  ///< branch, tag or commit; nothing for the default branch

  /// errc::bad_repository_name unless `text` has the form.
  static boost::system::result<RepoRef> parse(std::string_view text);

  /// OWNER/NAME, with :REF where there is one.
  std::string text() const { return owner + '/' + name + (ref ? ':' + *ref : ""); }
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_REPO_REF_H_
