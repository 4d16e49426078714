#include <torchhub/hub/cli/checkpoint_argument.h>
#include <torchhub/hub/cli/fetch_arguments.h>
#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/progress_display.h>
#include <torchhub/net/url.h>

#include <iostream>

namespace torchhub::cli {

CheckpointFileOptions checkpoint_options(const FetchArguments& fetch, bool check_hash) {
  CheckpointFileOptions options;
  options.check_hash(check_hash);
  apply(fetch, headers_of(fetch.headers, std::cin), options);
  return options;
}

std::filesystem::path find_checkpoint(const std::string& source, CheckpointFileOptions options,
                                      const CommandLine& line) {
  if (source.find("://") == source.npos) return source;
  Interruption interruption;
  ProgressDisplay display(line.progress && !line.quiet);
  FileProgress& progress = display.add(net::redact_url(source));
  options.observer(progress).stop(interruption.token());
  try {
    return get_checkpoint_file(source, options, make_context(line));
  } catch (const std::exception&) {
    if (!interruption.token().stop_requested()) throw;
  }
  throw Interrupted("interrupted; the same command goes on with what was downloaded");
}

}  // namespace torchhub::cli
