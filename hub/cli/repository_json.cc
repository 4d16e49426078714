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
  object["dir"] = repository.folder.string();
  return object;
}

FetchOptions fetch_options(const RepositoryArguments& arguments) {
  return FetchOptions()
      .force_reload(arguments.force_reload)
      .skip_validation(arguments.skip_validation);
}

TrustRepo trust_option(const RepositoryArguments& arguments) {
  return arguments.trust_repo ? TrustRepo::yes : TrustRepo::check;
}

}  // namespace torchhub::cli
