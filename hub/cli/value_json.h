#ifndef TORCHHUB_HUB_CLI_VALUE_JSON_H_
#define TORCHHUB_HUB_CLI_VALUE_JSON_H_
// A checkpoint's values as JSON.

#include <torchhub/archive/value.h>

#include <boost/json/object.hpp>

namespace torchhub::cli {

/// The root's values that are no tensors, by key, or by index for a list. A tensor inside leaves a
/// dict, and is null in a list. What is nested beyond 64 levels is cut off.
boost::json::object values_json(archive::Value root);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_VALUE_JSON_H_
