#include <torchhub/hub/cli/entry_arguments.h>
#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace torchhub::cli {

ParsedCall::ParsedCall(const EntryCall& call)
    : call_(call),
      arguments_(parse_entry_arguments(call.arguments)),
      options_(LoadOptions()
                   .fetch(fetch_options(call.repository))
                   .trust_repo(trust_option(call.repository))
                   .unsafe_checkpoints(call.unsafe_checkpoints)) {}

LoadedModel ParsedCall::load(const CommandLine& line) const {
  const Context context = make_context(line);
  std::stop_source stop;
  std::optional<Interruption> fetching(std::in_place, stop);
  std::optional<HandledInterruption> running;
  FetchOptions fetch = options_.fetch();
  fetch.on_got([&] {
    fetching.reset();
    if (stop.stop_requested()) throw Interrupted("interrupted");
    running.emplace(stop);
  });
  try {
    return load_from_repository(call_.repository.repo, call_.entry, arguments_,
                                LoadOptions(options_).fetch(fetch).stop(stop.get_token()), context);
  } catch (const std::exception&) {
    if (!stop.stop_requested()) throw;
  }
  throw Interrupted(running ? "interrupted" : "interrupted; the cache is as it was");
}

}  // namespace torchhub::cli
