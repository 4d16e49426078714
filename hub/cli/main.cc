// torchhub: the native program. It links neither LibTorch nor Python; the verbs that need them are
// programs of their own that it turns into.

#include <torchhub/archive/truncation_guard.h>
#include <torchhub/hub/cli/cache_command.h>
#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/completion_command.h>
#include <torchhub/hub/cli/convert_command.h>
#include <torchhub/hub/cli/download_command.h>
#include <torchhub/hub/cli/lock_command.h>
#include <torchhub/hub/cli/man_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/scan_command.h>
#include <torchhub/hub/cli/state_dict_command.h>

namespace torchhub::cli {
namespace {

struct RunVerb {
  const CommandLine& line;
  char** argv;

  void operator()(const ListArguments&) const { open_door("torchhub-python", argv); }
  void operator()(const HelpArguments&) const { open_door("torchhub-python", argv); }
  void operator()(const DepsArguments&) const { open_door("torchhub-python", argv); }
  void operator()(const LoadArguments&) const { open_door("torchhub-torch", argv); }
  void operator()(const ExportArguments&) const { open_door("torchhub-torch", argv); }
  void operator()(const RunArguments&) const { open_door("torchhub-run", argv); }
  void operator()(const DownloadArguments& arguments) const { run_download(arguments, line); }
  void operator()(const StateDictArguments& arguments) const { run_state_dict(arguments, line); }
  void operator()(const ConvertArguments& arguments) const { run_convert(arguments, line); }
  void operator()(const ScanArguments& arguments) const { run_scan(arguments, line); }
  void operator()(const CacheDirArguments&) const { run_cache_dir(line); }
  void operator()(const CachePathArguments& arguments) const { run_cache_path(arguments, line); }
  void operator()(const CacheListArguments&) const { run_cache_list(line); }
  void operator()(const CacheVerifyArguments& arguments) const {
    run_cache_verify(arguments, line);
  }
  void operator()(const CachePruneArguments& arguments) const { run_cache_prune(arguments, line); }
  void operator()(const LockArguments& arguments) const { run_lock(arguments, line); }
  void operator()(const CompletionArguments& arguments) const { run_completion(arguments); }
  void operator()(const ManArguments&) const { run_man(); }
};

}  // namespace
}  // namespace torchhub::cli

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  torchhub::archive::install_truncation_guard();
  return run_program(argc, argv, [&](const CommandLine& line) {
    std::visit(RunVerb{line, argv}, line.verb);
  });
}
