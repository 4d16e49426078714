#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/repository_json.h>

namespace torchhub::cli {

boost::json::object repository_json(const Repository& repository) {
  boost::json::object object{
      {"owner", repository.key.owner}, {"name", repository.key.name}, {"ref", repository.key.ref}};
  if (repository.commit.empty()) {
    object["commit"] = nullptr;
  } else {
    object["commit"] = repository.commit;
  }
  object["dir"] = json_text(repository.folder.string());
  return object;
}

FetchOptions fetch_options(const RepositoryArguments& arguments) {
  return FetchOptions()
      .force_reload(arguments.force_reload)
      .skip_validation(arguments.skip_validation);
}

TrustRepo trust_option(const RepositoryArguments& arguments) {
  if (arguments.trust_repo == "yes") return TrustRepo::yes;
  if (arguments.trust_repo == "no") return TrustRepo::no;
  if (arguments.trust_repo == "prompt") return TrustRepo::ask;
  return TrustRepo::check;
}

}  // namespace torchhub::cli
