#include <torchhub/archive/detail/formats/stand_in_rules.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/stand_in.h>

namespace torchhub::archive {

StandIn stand_in(std::span<const std::byte> bytes) { return detail::recognised_stand_in(bytes); }

std::string_view describe(StandIn kind) {
  switch (kind) {
    case StandIn::empty:
      return describe(FileFormat::empty);
    case StandIn::web_page:
      return describe(FileFormat::web_page);
    case StandIn::xml:
      return describe(FileFormat::xml);
    case StandIn::json:
      return describe(FileFormat::json);
    case StandIn::git_lfs_pointer:
      return describe(FileFormat::git_lfs_pointer);
    case StandIn::message:
      return "a short text";
    case StandIn::none:
      break;
  }
  return describe(FileFormat::unknown);
}

}  // namespace torchhub::archive
