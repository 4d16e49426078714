#ifndef TORCHHUB_HUB_CLI_INTERRUPTIBLE_FETCH_H_
#define TORCHHUB_HUB_CLI_INTERRUPTIBLE_FETCH_H_
// A repository that is fetched until Ctrl-C. What runs then hears signals itself, as do the processes that it
// starts.
//
//   const auto listing = with_interruptible_fetch(fetch_options(arguments), [&](const FetchOptions& fetch) {
//     return list_repository(repo, ListOptions().fetch(fetch), context);
//   });

#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/repository.h>

#include <exception>
#include <optional>
#include <utility>

namespace torchhub::cli {

/// Returns what `work` does, which gets one repository with the options that it is given. Throws: Interrupted.
template <class Work>
auto with_interruptible_fetch(FetchOptions options, Work work) {
  std::optional<Interruption> interruption(std::in_place);
  const auto is_stopped = [&] { return interruption && interruption->token().stop_requested(); };
  options.stop(interruption->token()).on_got([&] {
    const bool comes_late = is_stopped();
    interruption.reset();
    if (comes_late) throw Interrupted("interrupted");
  });
  try {
    return work(std::as_const(options));
  } catch (const std::exception&) {
    if (!is_stopped()) throw;
  }
  throw Interrupted("interrupted; the cache is as it was");
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_INTERRUPTIBLE_FETCH_H_
