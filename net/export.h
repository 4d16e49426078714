#ifndef TORCHHUB_NET_EXPORT_H_
#define TORCHHUB_NET_EXPORT_H_
// Marks what a shared library of this room shows: all else is compiled hidden.
//
//   class TORCHHUB_NET_EXPORT Known {};
//   TORCHHUB_NET_EXPORT bool is_known(std::string_view name);
//
// On each class and function outside of detail/ that is compiled in a .cc file, and on those of detail/ that a
// public header's inline code calls; //tests/hub/install:net_exports_test tells which one lacks it.

#define TORCHHUB_NET_EXPORT __attribute__((visibility("default")))

#endif  // TORCHHUB_NET_EXPORT_H_
