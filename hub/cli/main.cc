// torchhub: the native program. It links neither LibTorch nor Python; list, help and load, which
// need them, are programs of their own that it turns into.

#include <torchhub/cache/hub_dir.h>
#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/download_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/state_dict_command.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace torchhub::cli {
namespace {

void run_cache_dir(const CommandLine& line) {
  const std::string dir = cache::get_dir().string();
  std::cout << (line.json ? boost::json::serialize(boost::json::object{{"dir", dir}}) : dir)
            << '\n';
}

struct RunVerb {
  const CommandLine& line;
  char** argv;

  void operator()(const ListArguments&) const { open_door("torchhub-python", argv); }
  void operator()(const HelpArguments&) const { open_door("torchhub-python", argv); }
  void operator()(const LoadArguments&) const { open_door("torchhub-torch", argv); }
  void operator()(const DownloadArguments& arguments) const { run_download(arguments, line); }
  void operator()(const StateDictArguments& arguments) const { run_state_dict(arguments, line); }
  void operator()(const CacheDirArguments&) const { run_cache_dir(line); }
};

}  // namespace
}  // namespace torchhub::cli

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  return run_program(argc, argv, [&](const CommandLine& line) {
    std::visit(RunVerb{line, argv}, line.verb);
  });
}
