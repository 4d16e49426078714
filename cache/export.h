#ifndef TORCHHUB_CACHE_EXPORT_H_
#define TORCHHUB_CACHE_EXPORT_H_
// Marks what a shared library of this room shows: all else is compiled hidden.
//
//   class TORCHHUB_CACHE_EXPORT Sha256 { ... };
//   TORCHHUB_CACHE_EXPORT bool is_listed(std::string_view name);
//
// On each class and function outside of detail/ that is compiled in a .cc file, and on those of detail/ that a
// public header's inline code calls; //tests/hub/install:cache_exports_test tells which one lacks it.

#define TORCHHUB_CACHE_EXPORT __attribute__((visibility("default")))

#endif  // TORCHHUB_CACHE_EXPORT_H_
