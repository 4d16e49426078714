#ifndef TORCHHUB_TESTS_FUZZ_FUZZ_H_
#define TORCHHUB_TESTS_FUZZ_FUZZ_H_
// What the fuzz targets have in common: any input is read or refused, and what was read can be used.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/entry_name.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/scan.h>
#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace torchhub::fuzz {

/// Opens `file` and reads all of what it holds, up to a megabyte a tensor.
inline void read(std::span<const std::byte> file, bool is_lenient) {
  archive::OpenOptions options;
  options.max_inflated_bytes(1 << 20).max_pickle_bytes(1 << 20).aliases(true).lenient(is_lenient);
  try {
    const archive::Checkpoint checkpoint =
        archive::parse_checkpoint(nullptr, file, "input", options);
    std::uint64_t sum = 0;
    for (const archive::TensorInfo& tensor : checkpoint.tensors()) {
      if (checkpoint.find(tensor.name) == nullptr) __builtin_trap();
      if (tensor.layout != archive::Layout::strided || tensor.is_meta) continue;
      if (tensor.bytes() > 1 << 20) continue;
      archive::for_each_piece(checkpoint, tensor, [&](std::span<const std::byte> piece) {
        for (const std::byte byte : piece) sum += static_cast<std::uint64_t>(byte);
      });
    }
    // For the compiler to keep it.
    if (sum == 0xFFFFFFFFFFFFFFFF) __builtin_trap();
  } catch (const archive::Error&) {
    // Refused.
  }
}

inline void scan(std::span<const std::byte> file) {
  archive::OpenOptions options;
  options.max_inflated_bytes(1 << 20).max_pickle_bytes(1 << 20);
  const archive::Scan scan = archive::scan_checkpoint(file, options);
  if (!scan.is_safe && scan.reason.empty()) __builtin_trap();
}

inline void use_checkpoint(std::span<const std::byte> file) {
  read(file, false);
  read(file, true);
  scan(file);
}

/// Reads a zip archive to the last byte of its last entry.
inline void use_zip(std::span<const std::byte> file) {
  const auto files = archive::read_zip_directory(file, archive::EntryNames::linux_files);
  if (files) {
    for (const archive::ZipEntry& entry : files->entries)
      if (archive::flaw_of_linux_name(entry.name)) __builtin_trap();
  }
  const archive::Parsed<archive::ZipDirectory> directory = archive::read_zip_directory(file);
  if (!directory) return;
  // What is the same file everywhere is one on Linux.
  if (!files) __builtin_trap();
  for (const archive::ZipEntry& entry : directory->entries) {
    if (archive::flaw_of_entry_name(entry.name)) __builtin_trap();
    if (directory->find(entry.name) != &entry) __builtin_trap();
    try {
      archive::read_entry(file, entry, 1 << 20);
    } catch (const archive::Error&) {
      // Refused.
    }
  }
}

}  // namespace torchhub::fuzz

#endif  // TORCHHUB_TESTS_FUZZ_FUZZ_H_
