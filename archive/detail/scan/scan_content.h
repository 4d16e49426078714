#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_CONTENT_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_CONTENT_H_
// The verdict on a checkpoint, a pickle, or what is neither, without what lies beside it in an archive.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/contents/other_readings.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/pickle/pickle_outline.h>
#include <torchhub/archive/detail/pickle/whole_pickle.h>
#include <torchhub/archive/detail/scan/scan_formats.h>
#include <torchhub/archive/detail/torch/torch_world.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/open_options.h>
#include <torchhub/archive/scan.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

// A pickle that torch.save did not write holds no tensors that can be read: for its globals only.
inline void read_bare_pickle(CheckpointContents& contents, const ReaderInput& input,
                             bool is_script) {
  if (input.bytes.size() > input.max_pickle_bytes())
    throw Error(errc::limit_exceeded, "the pickle is longer than is allowed");
  refuse_other_archives(input);
  contents.arena.allow(value_bytes_allowed(input.bytes.size()));
  WorldOptions options = input.world();
  options.is_script = is_script;
  TorchWorld world(contents.arena, options);
  unpickle_whole(input.bytes, contents.arena, world);
}

// Of a checkpoint, or of something that is none.
inline Scan scan_content(std::span<const std::byte> bytes, const OpenOptions& options,
                         bool is_script) {
  Scan scan;
  std::vector<GlobalUse> uses;
  CheckpointContents contents;
  const OpenOptions lenient = OpenOptions(options).lenient(true);
  contents.format = file_format(bytes);
  std::optional<std::span<const std::byte>> array;
  if (contents.format == FileFormat::numpy_array) array = pickle_of_array(bytes);
  ReaderInput input{array.value_or(bytes), lenient};
  input.uses = &uses;
  const FileFormat looks = contents.format;
  const bool is_pickle = looks == FileFormat::bare_pickle || array.has_value();
  PickleOutline outline;
  if (!is_pickle && !is_read_as_checkpoint(looks))
    outline = pickle_outline(bytes.first(std::min(bytes.size(), options.max_pickle_bytes())));
  bool is_refused = false;
  try {
    if (is_pickle || outline.imports || may_be_pickle(looks, bytes)) {
      if (!array) contents.format = FileFormat::bare_pickle;
      read_bare_pickle(contents, input, is_script);
    } else {
      read_checkpoint(contents, input);
    }
    scan.is_complete = true;
  } catch (const Error& error) {
    scan.reason = error.what();
    is_refused = error.code() == errc::refused_global;
    scan.is_other = looks == FileFormat::zip && error.code() == errc::not_a_checkpoint;
    const bool imports = (outline.imports || !uses.empty()) && !is_list_of_words(looks, outline);
    if (!is_pickle && !is_read_as_checkpoint(looks) && looks != FileFormat::git_lfs_pointer &&
        !imports) {
      contents.format = looks;
      scan.is_other = true;
      scan.reason = "it is " + std::string(describe(looks));
    }
  }
  scan.format = contents.format;
  if (scan.is_other) uses.clear();
  for (GlobalUse& use : uses) {
    // A strict reader refuses it.
    if (!use.flaw.empty()) scan.is_complete = false;
    if (!use.flaw.empty() && scan.reason.empty()) scan.reason = use.flaw;
    if (use.flaw.empty()) scan.globals.push_back({std::move(use.name), use.offset, use.is_allowed});
  }
  const auto refused = std::find_if(scan.globals.begin(), scan.globals.end(),
                                    [](const ScannedGlobal& g) { return !g.is_allowed; });
  if (refused != scan.globals.end())
    scan.reason = refused->name + " at byte " + std::to_string(refused->offset);
  scan.is_safe = scan.reason.empty();
  if (!scan.is_safe)
    scan.cause =
        is_refused || refused != scan.globals.end() ? ScanCause::code : ScanCause::unreadable;
  return scan;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_CONTENT_H_
