#include <torchhub/hub/cli/descriptor_limit.h>

#include <sys/resource.h>

#include <algorithm>

namespace torchhub::cli {

void raise_descriptor_limit() {
  // The hard limit may be a thousand million, in containers.
  constexpr rlim_t kEnough = 65'536;
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace torchhub::cli
