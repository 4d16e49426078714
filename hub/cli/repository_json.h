#ifndef TORCHHUB_HUB_CLI_REPOSITORY_JSON_H_
#define TORCHHUB_HUB_CLI_REPOSITORY_JSON_H_
// The part of the JSON documents that list, help and load share.

#include <torchhub/hub/repository.h>

#include <boost/json/object.hpp>

namespace torchhub::cli {

/// {"owner","name","ref","commit","dir"}; the commit is null where it is not known.
boost::json::object repository_json(const Repository& repository);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_REPOSITORY_JSON_H_
