#ifndef TORCHHUB_ARCHIVE_SCAN_H_
#define TORCHHUB_ARCHIVE_SCAN_H_
// What Python would import and call if it loaded a file; told without loading it.
//
//   const archive::Scan scan = archive::scan_checkpoint(file.view());
//   if (!scan.is_safe) std::cerr << scan.reason << "\n";
//
// Pure.

#include <torchhub/archive/export.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/open_options.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

struct ScannedGlobal {
  /// "posix.system"; or what the file would do by names that are allowed: "a change of
  /// collections.Counter itself", "a call of torch.distributed.device_mesh.DeviceMesh".
  std::string name;
  std::uint64_t offset = 0;  ///< of the opcode that names it, in bytes from its pickle's start
  bool is_allowed = false;   ///< on the list of what a checkpoint may hold
};

/// Why a file is not safe.
enum class ScanCause : std::uint8_t {
  none,        ///< it is
  code,        ///< for what it would do: by a global that is not on the list, or by one that is
  unreadable,  ///< it could not be read to its end, so that nobody knows
};

/// "code", "unreadable", or "".
TORCHHUB_ARCHIVE_EXPORT std::string_view name_of(ScanCause cause);

struct Scan {
  FileFormat format = FileFormat::unknown;
  bool is_complete = false;  ///< all of the file was read and makes sense
  bool is_safe = false;      ///< every global is allowed, and all of the file makes sense
  /// Neither a checkpoint nor a pickle, whole or damaged, nor an archive with one of them in it, but
  /// something else: no reader of pickles gets to a name in it. Not safe either.
  bool is_other = false;
  ScanCause cause = ScanCause::none;
  std::string reason;                  ///< why not: "posix.system at byte 41", or what is damaged
  std::vector<ScannedGlobal> globals;  ///< in their order; up to the damage, if there is some
};

/// Reads all pickles of the file that is all of `bytes`, also one that torch.save did not write: a bare
/// one of any protocol, those inside of zip archives, also beside a checkpoint, those of numpy's arrays of
/// objects, and what gzip or zlib compressed; and what else loading runs: TorchScript's __setstate__, the
/// sizes of exported programs, compiled code. What is compressed in another way is not safe. A file that cannot be read to its end is not safe: what Python does with it is not known.
TORCHHUB_ARCHIVE_EXPORT Scan scan_checkpoint(std::span<const std::byte> bytes,
                                             const OpenOptions& options = OpenOptions());

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_SCAN_H_
