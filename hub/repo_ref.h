#ifndef TORCHHUB_HUB_REPO_REF_H_
#define TORCHHUB_HUB_REPO_REF_H_
// torch.hub's name for a repository: OWNER/NAME or OWNER/NAME:REF.
//
//   torchhub::RepoRef repo = torchhub::RepoRef::parse("acme/digits:v1").value();
//
// Pure. Stricter than torch.hub, which passes "a/b: c" or "a/b:../x" on to a server and to the
// disk: owner and name are those GitHub allows, the ref one that git allows (git check-ref-format).

#include <torchhub/hub/error.h>
#include <torchhub/hub/export.h>

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace torchhub {

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
