#ifndef TORCHHUB_ARCHIVE_DETAIL_CONTENTS_OTHER_READINGS_H_
#define TORCHHUB_ARCHIVE_DETAIL_CONTENTS_OTHER_READINGS_H_
// One file, one reading: what a checkpoint's bytes may not be besides.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/formats/tar_header.h>
#include <torchhub/archive/detail/pickle/pickle_outline.h>
#include <torchhub/archive/detail/zip/zip_end.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// Throws errc::damaged_checkpoint where bytes that are no archive by their format are a tar archive as
/// well, for which torch.load looks first.
inline void refuse_tar(const ReaderInput& input) {
  if (begins_as_tar(input.bytes)) throw_damaged("it is a tar archive as well");
}

/// The same, or by their end a zip archive, for which torch.hub looks.
inline void refuse_other_archives(const ReaderInput& input) {
  refuse_tar(input);
  if (ends_as_zip(input.bytes)) throw_damaged("it is a zip archive as well, by its end");
}

/// The same where they are a pickle as well by which Python would import something: torch.load hands to
/// its unpickler what is no archive.
inline void refuse_pickle(const ReaderInput& input) {
  const PickleOutline outline =
      pickle_outline(input.bytes.first(std::min(input.bytes.size(), input.max_pickle_bytes())));
  // By chance a name begins in a header's length, which has zeros: no module is called so.
  constexpr std::string_view kInNoModule("\0/", 2);
  const bool is_name =
      outline.first_module && outline.first_module->find_first_of(kInNoModule) != std::string::npos;
  if (outline.imports && (outline.is_disputed || !is_name)) throw_damaged("it is a pickle as well");
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_CONTENTS_OTHER_READINGS_H_
