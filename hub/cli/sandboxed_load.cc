#include <torchhub/cache/own_folder.h>
#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/load_report.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/sandbox_report.h>
#include <torchhub/hub/cli/sandboxed_load.h>
#include <torchhub/hub/trust.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/python_places.h>
#include <torchhub/python/sandbox.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Ended = python::SandboxOutcome::Ended;

constexpr std::chrono::minutes kDeadline{10};
constexpr std::uint64_t kMemory = std::uint64_t{16} << 30;
constexpr std::uint64_t kTemporary = std::uint64_t{2} << 30;

// The cache, and where its links lead: checkpoints on another disk. A link of another user's leads nowhere.
void add_readable_cache(python::SandboxOptions& options, const fs::path& hub_dir) {
  add_readable_files(options, hub_dir);
  for (const fs::path& folder : {hub_dir, hub_dir / "checkpoints"}) {
    std::error_code unreadable;
    for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
         entry.increment(unreadable)) {
      const bool is_link = entry->is_symlink(unreadable);
      if (is_link && !cache::foreign_link(entry->path(), folder))
        add_readable_files(options, entry->path());
    }
  }
}

// JSON has no infinite numbers; the parser takes 1e999 for one.
bool is_finite(const json::value& value) {
  if (const double* number = value.if_double()) return std::isfinite(*number);
  if (const json::array* array = value.if_array())
    return std::all_of(array->begin(), array->end(), is_finite);
  if (const json::object* object = value.if_object())
    return std::all_of(object->begin(), object->end(),
                       [](const auto& field) { return is_finite(field.value()); });
  return true;
}

// This program again, with its results where the sandbox takes them.
std::vector<std::string> command_of(const LoadArguments& arguments, const CommandLine& line,
                                    const fs::path& program, const fs::path& folder) {
  std::vector<std::string> command = {"/bin/sh", "-c", "exec \"$@\" >&3", "sh", program, "load"};
  for (const char* word : {"--source", "local", "--offline", "--json"}) command.emplace_back(word);
  if (arguments.call.unsafe_checkpoints) command.emplace_back("--unsafe-checkpoints");
  if (!arguments.input.empty())
    command.insert(command.end(), {"--run", fs::absolute(arguments.input)});
  if (arguments.train) command.emplace_back("--train");
  if (line.traceback) command.emplace_back("--traceback");
  for (const std::string& key : arguments.call.select) command.push_back("--select=" + key);
  // What follows is no option here, whatever it is called.
  command.insert(command.end(), {"--", folder, arguments.call.entry});
  command.insert(command.end(), arguments.call.arguments.begin(), arguments.call.arguments.end());
  return command;
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
      TrustGate::admit(context, repository, arguments.call.repository.trust_repo);

  const fs::path program = fs::read_symlink("/proc/self/exe");
  const fs::path hub_dir = fs::absolute(context.paths().hub_dir());
  python::SandboxOptions options;
  options.deadline(kDeadline).memory(kMemory).temporary(kTemporary);
  options.readable(program);
  add_readable_files(options, source.folder());
  add_readable_cache(options, hub_dir);
  options.variable("TORCH_HOME", hub_dir.parent_path());
  if (!arguments.input.empty()) options.readable(fs::absolute(arguments.input));
  use_python(context.python());
  for (const fs::path& place : python::python_places()) options.readable(place);
  for (const auto& [name, value] : python::program_variables()) options.variable(name, value);
  SandboxReport report(arguments.allow_weak_sandbox, true);
  options = report.options(std::move(options));
  const python::SandboxOutcome outcome = with_weak_sandbox_advice([&] {
    return run_in_sandbox(command_of(arguments, line, program, source.folder()), options);
  });
  report.finish();
  if (outcome.ended != Ended::exited || outcome.status != 0) {
    const bool has_said_why = outcome.ended == Ended::exited && !report.failure().empty();
    throw std::runtime_error(has_said_why
                                 ? "in the sandbox: " + report.failure() +
                                       limit_behind(report.failure(), options)
                                 : "the sandboxed process " + how_it_ended(outcome, options));
  }
  report.pass_on_failure();
  // Whatever runs in the sandbox may write there, too.
  try {
    json::object document = json::parse(outcome.result).as_object();
    if (!is_finite(document)) throw std::invalid_argument("a number that JSON does not have");
    document["protection"] = report.protection_json();
    print_load(repository, arguments, line, document);
  } catch (const std::exception&) {
    throw std::runtime_error(repository.folder.string() +
                             ": what it wrote where the sandbox takes its result is no result");
  }
}

}  // namespace torchhub::cli
