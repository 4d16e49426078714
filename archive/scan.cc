#include <torchhub/archive/detail/checkpoint_contents.h>
#include <torchhub/archive/detail/readers.h>
#include <torchhub/archive/scan.h>

#include <algorithm>

namespace torchhub::archive {

namespace {

// A pickle that torch.save did not write holds no tensors that can be read: for its globals only.
void read_bare_pickle(detail::CheckpointContents& contents, const detail::ReaderInput& input) {
  if (input.bytes.size() > input.max_pickle_bytes())
    throw Error(errc::limit_exceeded, "the pickle is longer than is allowed");
  detail::refuse_other_archives(input);
  contents.arena.allow(detail::value_bytes_allowed(input.bytes.size()));
  detail::TorchWorld world(contents.arena, input.world());
  detail::unpickle_whole(input.bytes, contents.arena, world);
}

// Protocols 0 and 1 have no signature; a pickle of theirs names a global, begins a group or a
// container.
bool may_be_pickle(FileFormat format, std::span<const std::byte> bytes) {
  if (format == FileFormat::bare_pickle) return true;
  if (format != FileFormat::unknown || bytes.empty()) return false;
  const char first = static_cast<char>(bytes[0]);
  return std::string_view("c(]})lid0IFSVL").find(first) != std::string_view::npos;
}

}  // namespace

Scan scan_checkpoint(std::span<const std::byte> bytes, const OpenOptions& options) {
  Scan scan;
  std::vector<detail::GlobalUse> uses;
  detail::CheckpointContents contents;
  const OpenOptions lenient = OpenOptions(options).lenient(true);
  detail::ReaderInput input{bytes, lenient};
  input.uses = &uses;
  contents.format = file_format(bytes);
  try {
    if (may_be_pickle(contents.format, bytes)) {
      contents.format = FileFormat::bare_pickle;
      read_bare_pickle(contents, input);
    } else {
      detail::read_checkpoint(contents, input);
    }
    scan.is_complete = true;
  } catch (const Error& error) {
    scan.reason = error.what();
  }
  scan.format = contents.format;
  for (detail::GlobalUse& use : uses)
    scan.globals.push_back({std::move(use.name), use.offset, use.is_allowed});
  const auto refused = std::find_if(scan.globals.begin(), scan.globals.end(),
                                    [](const ScannedGlobal& g) { return !g.is_allowed; });
  if (refused != scan.globals.end())
    scan.reason = refused->name + " at byte " + std::to_string(refused->offset);
  scan.is_safe = scan.reason.empty();
  return scan;
}

}  // namespace torchhub::archive
