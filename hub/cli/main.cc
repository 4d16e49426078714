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
#include <torchhub/hub/cli/python_door.h>
#include <torchhub/hub/cli/scan_command.h>
#include <torchhub/hub/cli/state_dict_command.h>
#include <torchhub/python/error.h>

namespace torchhub::cli {
namespace {

struct RunVerb {
  const CommandLine& line;
  char** argv;

  void operator()(const ListArguments& list) const { read_with_python(list.discovery.run); }
  void operator()(const HelpArguments& help) const { read_with_python(help.discovery.run); }
  void operator()(const DepsArguments&) const { read_with_python(false); }
  void operator()(const VenvArguments&) const { cli::open_door("torchhub-python", argv); }
  void operator()(const LoadArguments&) const {
    open_door("torchhub-torch", Fit::python_and_torch);
  }
  void operator()(const ExportArguments&) const {
    open_door("torchhub-torch", Fit::python_and_torch);
  }
  void operator()(const RunArguments&) const { open_door("torchhub-run", Fit::torch); }
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

 private:
  [[noreturn]] void open_door(const char* name, Fit fit) const {
    load_from_environment(python_choice(line), fit);
    cli::open_door(name, argv);
  }
  // What only reads does without an environment that does not fit, and says so.
  [[noreturn]] void read_with_python(bool is_run) const {
    try {
      load_from_environment(python_choice(line), Fit::python_and_torch);
    } catch (const python::Error&) {
      if (is_run) throw;
    }
    cli::open_door("torchhub-python", argv);
  }
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
