#include <torchhub/archive/detail/formats/format_names.h>
#include <torchhub/archive/detail/formats/recognised_format.h>
#include <torchhub/archive/file_format.h>

namespace torchhub::archive {

FileFormat file_format(std::span<const std::byte> bytes) {
  return detail::recognised_format(bytes);
}

std::string_view describe(FileFormat format) { return detail::description_of(format); }

std::string_view name_of(FileFormat format) { return detail::word_for(format); }

}  // namespace torchhub::archive
