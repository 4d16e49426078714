#include <torchhub/archive/detail/foreign_zip.h>
#include <torchhub/archive/error.h>

#include <algorithm>
#include <string>

namespace torchhub::archive::detail {
namespace {

FileFormat format_of(const ZipDirectory& directory) {
  const auto& entries = directory.entries;
  const bool are_arrays =
      !entries.empty() && std::all_of(entries.begin(), entries.end(), [](const ZipEntry& entry) {
        return entry.name.ends_with(".npy");
      });
  if (are_arrays) return FileFormat::numpy_archive;
  if (directory.find("config.json") && directory.find("model.weights.h5")) return FileFormat::keras;
  return FileFormat::zip;
}

}  // namespace

void refuse_foreign_zip(CheckpointContents& contents, const ZipDirectory& directory) {
  const FileFormat format = format_of(directory);
  if (format == FileFormat::zip) return;
  contents.format = format;
  throw Error(errc::not_a_checkpoint, "it is " + std::string(describe(format)));
}

}  // namespace torchhub::archive::detail
