#ifndef TORCHHUB_ARCHIVE_STAND_IN_H_
#define TORCHHUB_ARCHIVE_STAND_IN_H_
// What servers give instead of a file of weights, with status 200 as well: a page, a message, a pointer.
//
//   if (archive::stand_in(bytes) == archive::StandIn::web_page) std::cerr << "no weights";
//
// Pure. By the bytes alone: a message in a few words may as well be a file of labels, which its name tells.

#include <torchhub/archive/export.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace torchhub::archive {

enum class StandIn {
  none,  ///< may be weights, or is whatever else
  empty,
  web_page,         ///< HTML
  xml,              ///< an object store's message, as a rule
  json,             ///< an object or a list; also behind what keeps it from being run as a script
  git_lfs_pointer,  ///< a text that stands for a file that was not fetched
  message,          ///< at most 4 KiB of any other text: "Entry not found", null, 404
};

/// What all of `bytes` is. Texts may be in UTF-8 or, as Windows writes them, UTF-16, with a mark in front or
/// without. A pickle of protocol 0 is text, and none of these.
TORCHHUB_ARCHIVE_EXPORT StandIn stand_in(std::span<const std::byte> bytes);

/// What it is called in a sentence: "an HTML page".
TORCHHUB_ARCHIVE_EXPORT std::string_view describe(StandIn kind);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_STAND_IN_H_
