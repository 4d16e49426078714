#ifndef TORCHHUB_ARCHIVE_EXPORT_H_
#define TORCHHUB_ARCHIVE_EXPORT_H_
// Marks what a shared library of this room shows: all else is compiled hidden.
//
//   class TORCHHUB_ARCHIVE_EXPORT Blob {};
//   TORCHHUB_ARCHIVE_EXPORT bool is_known(std::string_view name);
//
// On each class and function outside of detail/ that is compiled in a .cc file, and on those of detail/ that a
// public header's inline code calls; //tests/hub/install:archive_exports_test tells which one lacks it.

#define TORCHHUB_ARCHIVE_EXPORT __attribute__((visibility("default")))

#endif  // TORCHHUB_ARCHIVE_EXPORT_H_
