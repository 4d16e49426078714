#include <torchhub/hub/cli/entry_arguments.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>

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
  return with_interruptible_fetch(options_.fetch(), [&](const FetchOptions& fetch) {
    return with_advice(call_.repository, context, [&] {
      return load_from_repository(call_.repository.repo, call_.entry, arguments_,
                                  LoadOptions(options_).fetch(fetch), context);
    });
  });
}

}  // namespace torchhub::cli
