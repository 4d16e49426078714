#include <torchhub/hub/error.h>
#include <torchhub/hub/source.h>

#include <algorithm>
#include <string>

namespace torchhub {

Source source_of_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  if (lower == "github") return Source::github;
  if (lower == "local") return Source::local;
  throw Error(errc::bad_repository_name,
              "Unknown source: \"" + lower + "\". Allowed values: \"github\" | \"local\".");
}

}  // namespace torchhub
