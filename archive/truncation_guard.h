#ifndef TORCHHUB_ARCHIVE_TRUNCATION_GUARD_H_
#define TORCHHUB_ARCHIVE_TRUNCATION_GUARD_H_
// A file that is cut off while it is mapped: an error instead of SIGBUS.
//
//   archive::install_truncation_guard();     // the program's choice, once
//   archive::MappedFile file("model.pth");
//   use(file.view());
//   if (!file.is_intact()) std::cerr << "somebody made the file shorter meanwhile";
//
// The kernel raises SIGBUS where a mapping is read beyond the end that its file has by then, and ends
// the process. A library must not take a signal for itself, so this is asked for by the program: a
// handler puts a page of zeros where the file's is gone, for mappings of MappedFile only, and remembers
// it; any other SIGBUS goes where it went before. open_checkpoint() checks what it has read.
//
// Without it, the ways around the signal are to copy (archive::read_file()), and to replace files by
// rename, as torchhub's cache and every well-behaved writer does: who has the old one mapped keeps it.

#include <torchhub/archive/export.h>

namespace torchhub::archive {

/// Installs the handler; a second call does nothing. Of files that are mapped before, it does not know.
/// Thread safety: may be called from any thread.
TORCHHUB_ARCHIVE_EXPORT void install_truncation_guard();

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_TRUNCATION_GUARD_H_
