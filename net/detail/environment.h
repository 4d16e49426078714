#ifndef TORCHHUB_NET_DETAIL_ENVIRONMENT_H_
#define TORCHHUB_NET_DETAIL_ENVIRONMENT_H_

#include <cstdlib>

namespace torchhub::net::detail {

/// The variable's value; nullptr where it is unset or, as curl has it, empty.
inline const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value && *value ? value : nullptr;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_ENVIRONMENT_H_
