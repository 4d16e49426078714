#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/sandboxed_load.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/trust.h>
#include <torchhub/python/python_places.h>
#include <torchhub/python/sandbox.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Ended = python::SandboxOutcome::Ended;

constexpr std::chrono::minutes kDeadline{10};
constexpr std::uint64_t kMemory = std::uint64_t{16} << 30;

// This program again, with its results where the sandbox takes them.
std::vector<std::string> command_of(const LoadArguments& arguments, const CommandLine& line,
                                    const fs::path& program, const fs::path& folder) {
  std::vector<std::string> command = {"/bin/sh", "-c",   "exec \"$@\" >&3",   "sh", program,
                                      "load",    folder, arguments.call.entry};
  command.insert(command.end(), arguments.call.arguments.begin(), arguments.call.arguments.end());
  for (const char* word : {"--source", "local", "--offline"}) command.emplace_back(word);
  if (line.json) command.emplace_back("--json");
  if (arguments.call.unsafe_checkpoints) command.emplace_back("--unsafe-checkpoints");
  if (!arguments.input.empty())
    command.insert(command.end(), {"--run", fs::absolute(arguments.input)});
  if (arguments.train) command.emplace_back("--train");
  if (line.traceback) command.emplace_back("--traceback");
  for (const std::string& key : arguments.call.select) command.push_back("--select=" + key);
  return command;
}

// The sentence of its last line on stderr, or how it ended.
std::string failure_of(const python::SandboxOutcome& outcome) {
  if (outcome.ended == Ended::timed_out) return "the sandboxed process did not end in time";
  if (outcome.ended == Ended::too_much_output) return "the sandboxed process prints without an end";
  if (outcome.ended == Ended::killed)
    return "the sandboxed process was ended by signal " + std::to_string(outcome.status);
  constexpr std::string_view kMark = "torchhub: error: ";
  const std::size_t mark = outcome.errors.rfind(kMark);
  if (mark == outcome.errors.npos)
    return "the sandboxed process exited with status " + std::to_string(outcome.status);
  const std::size_t begin = mark + kMark.size();
  return outcome.errors.substr(begin, outcome.errors.find('\n', begin) - begin);
}

}  // namespace

void run_sandboxed_load(const LoadArguments& arguments, const CommandLine& line) {
  if (!arguments.script.empty()) throw UsageError("--script cannot be written from a sandbox");
  const Context context = make_context(line);
  Repository repository = with_interruptible_fetch(
      fetch_options(arguments.call.repository), [&](const FetchOptions& fetch) {
        return get_repository(context, arguments.call.repository.repo, fetch);
      });
  const python::TrustedSource source =
      TrustGate::admit(context, repository, trust_option(arguments.call.repository));

  const fs::path program = fs::read_symlink("/proc/self/exe");
  const fs::path hub_dir = context.paths().hub_dir();
  python::SandboxOptions options;
  options.deadline(kDeadline).memory(kMemory).readable(program.parent_path());
  options.readable(source.folder()).readable(hub_dir);
  options.variable("TORCH_HOME", hub_dir.parent_path());
  if (!arguments.input.empty()) options.readable(fs::absolute(arguments.input));
  for (const fs::path& place : python::python_places()) options.readable(place);
  const python::SandboxOutcome outcome =
      run_in_sandbox(command_of(arguments, line, program, source.folder()), options);
  if (!line.quiet) {
    notes() << "The sandbox: "
            << terminal_line(outcome.protection.no_network ? "no network" : "WITH the network")
            << ", " << terminal_line(outcome.protection.files ? "no other files" : "WITH all files")
            << ".\n";
  }
  if (outcome.ended != Ended::exited || outcome.status != 0)
    throw std::runtime_error(failure_of(outcome));
  if (!line.json) {
    results() << terminal_text(outcome.result);
    return;
  }
  boost::system::error_code not_json;
  json::value document = json::parse(outcome.result, not_json);
  // Whatever runs in the sandbox may write there, too.
  if (not_json || !document.is_object())
    throw std::runtime_error(repository.folder.string() +
                             ": what it wrote where the sandbox takes its result is no result");
  document.as_object()["repo"] = repository_json(repository);
  results() << terminal_json(json::serialize(document)) << "\n";
}

}  // namespace torchhub::cli
