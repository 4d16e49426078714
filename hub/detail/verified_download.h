#ifndef TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
#define TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
// A URL's content into a part file, hashed on the way, and published if it is what was expected.

#include <torchhub/cache/part_file.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/downloaded_file.h>
#include <torchhub/net/download_options.h>

#include <string>
#include <string_view>

namespace torchhub::detail {

/// The digits in lower case, "" for none. Throws: cache::errc::bad_hash.
std::string checked_hash_prefix(std::string_view digits);

/// Downloads `url` into `part` and publishes it. `prefix` comes from checked_hash_prefix().
/// Throws: cache::errc::hash_mismatch; net::Error; cache::Error. Nothing is published then.
DownloadedFile download_into(cache::PartFile& part, const std::string& url,
                             const std::string& prefix, const net::ObserverRef& observer,
                             const Context& context);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
