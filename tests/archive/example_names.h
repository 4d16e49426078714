#ifndef TORCHHUB_TESTS_ARCHIVE_EXAMPLE_NAMES_H_
#define TORCHHUB_TESTS_ARCHIVE_EXAMPLE_NAMES_H_
// What the examples in archive's headers take for granted: examples_test compiles them and runs none, so that
// nothing here is defined.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/zip_directory.h>

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::tests {

extern const std::filesystem::path path;
extern const std::string text;
extern const std::string_view name;
extern const std::vector<std::string> names;
extern const std::span<const std::byte> bytes;
extern const std::span<std::byte> piece;
extern const std::span<std::byte> buffer;
extern const archive::MappedFile file;
extern const archive::Checkpoint checkpoint;
extern const archive::TensorInfo tensor;
extern const archive::Value value;
extern const archive::ZipDirectory directory;
extern const archive::ZipEntry entry;
extern const std::uint64_t offset;

struct Digest {
  void update(std::span<const std::byte> bytes);
};
extern Digest digest;

void use(std::span<const std::byte> bytes);

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_ARCHIVE_EXAMPLE_NAMES_H_
