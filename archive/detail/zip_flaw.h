#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_FLAW_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_FLAW_H_
// What a file looks like that has no end record of a zip archive where one should be. Pure.

#include <torchhub/archive/error.h>

#include <cstddef>
#include <span>

namespace torchhub::archive::detail {

/// errc::not_a_zip, with a sentence: cut off, ending in zeros, going on after its end, several archives one
/// after the other, or no zip archive. Looks at the last 16 MiB.
Flaw why_no_zip_end(std::span<const std::byte> bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_FLAW_H_
