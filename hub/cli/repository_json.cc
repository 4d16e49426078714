#include <torchhub/hub/cli/fetch_arguments.h>
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

FetchOptions fetch_options(const RepositoryArguments& arguments) {
  FetchOptions options;
  options.source(source_of_name(arguments.source))
      .force_reload(arguments.force_reload)
      .skip_validation(arguments.skip_validation);
  if (arguments.max_size) options.max_archive_bytes(limit_of(*arguments.max_size));
  if (arguments.deadline > 0) options.deadline(std::chrono::seconds(arguments.deadline));
  return options;
}

TrustRepo trust_option(const RepositoryArguments& arguments) {
  if (arguments.trust_repo == "yes") return TrustRepo::yes;
  if (arguments.trust_repo == "no") return TrustRepo::no;
  if (arguments.trust_repo == "prompt") return TrustRepo::ask;
  return TrustRepo::check;
}

}  // namespace torchhub::cli
