#ifndef TORCHHUB_HUB_CLI_FETCH_OPTIONS_H_
#define TORCHHUB_HUB_CLI_FETCH_OPTIONS_H_
// How a repository is fetched, as it was typed.

#include <torchhub/hub/cli/arguments.h>
#include <torchhub/hub/cli/fetch_arguments.h>
#include <torchhub/hub/repository.h>

#include <chrono>

namespace torchhub::cli {

inline FetchOptions fetch_options(const RepositoryArguments& arguments) {
  FetchOptions options;
  options.source(arguments.source)
      .force_reload(arguments.force_reload)
      .skip_validation(arguments.skip_validation);
  if (arguments.max_size) options.max_archive_bytes(limit_of(*arguments.max_size));
  if (arguments.deadline > 0) options.deadline(std::chrono::seconds(arguments.deadline));
  return options;
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_FETCH_OPTIONS_H_
