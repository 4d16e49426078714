#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/repository_json.h>

namespace torchhub::cli {

boost::json::object repository_json(const Repository& repository) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
  };
  return {{"owner", text_or_null(repository.key.owner)},
          {"name", text_or_null(repository.key.name)},
          {"ref", text_or_null(repository.key.ref)},
          {"commit", text_or_null(repository.commit)},
          {"dir", json_text(repository.folder.string())}};
}

}  // namespace torchhub::cli
