#ifndef TORCHHUB_CACHE_CHECKPOINT_NAME_H_
#define TORCHHUB_CACHE_CHECKPOINT_NAME_H_
// The file name under which torch.hub keeps what lies at a URL.
//
//   cache::checkpoint_name("https://h/m/resnet18-5c106cde.pth?x=1").value();   //
//   resnet18-5c106cde.pth
//
// Pure. Source: os.path.basename(urllib.parse.urlparse(url).path) of CPython 3.11, to the byte:
// query, fragment and the last segment's ;parameters go, percent-escapes stay, tabs and newlines
// vanish. It is a rule about names and accepts what no URL parser would.

#include <torchhub/cache/error.h>
#include <torchhub/cache/export.h>

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace torchhub::cache {

/// The name, or errc::bad_name where it would be empty, "." or "..".
TORCHHUB_CACHE_EXPORT boost::system::result<std::string> checkpoint_name(std::string_view url);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_CHECKPOINT_NAME_H_
