#ifndef TORCHHUB_HUB_CLI_REPOSITORY_JSON_H_
#define TORCHHUB_HUB_CLI_REPOSITORY_JSON_H_
// The part of the JSON documents that list, help and load share.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/trust.h>

#include <boost/json/object.hpp>

namespace torchhub::cli {

/// {"owner","name","ref","commit","dir"}; the commit is null where it is not known.
boost::json::object repository_json(const Repository& repository);

FetchOptions fetch_options(const RepositoryArguments& arguments);
TrustRepo trust_option(const RepositoryArguments& arguments);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_REPOSITORY_JSON_H_
