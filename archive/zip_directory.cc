#include <torchhub/archive/detail/zip/zip_parts.h>
#include <torchhub/archive/zip_directory.h>

#include <utility>

namespace torchhub::archive {

Parsed<ZipDirectory> read_zip_directory(std::span<const std::byte> archive, EntryNames names) {
  Parsed<detail::UncheckedDirectory> unchecked = detail::read_central_directory(archive, names);
  if (!unchecked) return unchecked.error();
  if (auto flaw = detail::check_directory(archive, *unchecked, {})) return *flaw;
  return std::move(unchecked->directory);
}

}  // namespace torchhub::archive
