#ifndef TORCHHUB_HUB_CLI_ENTRY_POINT_JSON_H_
#define TORCHHUB_HUB_CLI_ENTRY_POINT_JSON_H_
// An entry point in the JSON documents of list and help.

#include <torchhub/python/entry_point.h>

#include <boost/json/object.hpp>

namespace torchhub::cli {

/// {"name","signature","docstring"}; what is not known or not there is "".
inline boost::json::object entry_point_json(const python::EntryPoint& entry) {
  return {{"name", entry.name}, {"signature", entry.signature}, {"docstring", entry.docstring}};
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_ENTRY_POINT_JSON_H_
