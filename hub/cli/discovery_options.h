#ifndef TORCHHUB_HUB_CLI_DISCOVERY_OPTIONS_H_
#define TORCHHUB_HUB_CLI_DISCOVERY_OPTIONS_H_
// How list and help ask a hubconf.py, as it was typed.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/sandbox_report.h>
#include <torchhub/hub/list.h>

namespace torchhub::cli {

/// `report`, which a sandbox tells, must outlive the call that they are for.
inline ListOptions discovery_options(const RepositoryArguments& repository,
                                     const DiscoveryArguments& discovery, const FetchOptions& fetch,
                                     SandboxReport& report) {
  return ListOptions()
      .fetch(fetch)
      .run(discovery.run)
      .sandbox(report.options(python::SandboxOptions()))
      .trust_repo(repository.trust_repo);
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_DISCOVERY_OPTIONS_H_
