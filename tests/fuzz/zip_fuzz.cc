// Zip archives, read to the last byte of the last entry.

#include <torchhub/archive/entry_name.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace archive = torchhub::archive;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto files = archive::read_zip_directory(bytes, archive::EntryNames::linux_files);
  if (files) {
    for (const archive::ZipEntry& entry : files->entries)
      if (archive::flaw_of_linux_name(entry.name)) __builtin_trap();
  }
  const archive::Parsed<archive::ZipDirectory> directory = archive::read_zip_directory(bytes);
  if (!directory) return 0;
  // What is the same file everywhere is one on Linux.
  if (!files) __builtin_trap();
  for (const archive::ZipEntry& entry : directory->entries) {
    if (archive::flaw_of_entry_name(entry.name)) __builtin_trap();
    if (directory->find(entry.name) != &entry) __builtin_trap();
    try {
      archive::read_entry(bytes, entry, 1 << 20);
    } catch (const archive::Error&) {
      // Refused.
    }
  }
  return 0;
}
