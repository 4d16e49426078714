#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/lock_command.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/lock.h>

#include <cstdlib>
#include <filesystem>

namespace torchhub::cli {
namespace {

std::filesystem::path lock_path(const CommandLine& line) {
  if (!line.lock.empty()) return line.lock;
  const char* const named = std::getenv("TORCHHUB_LOCK");
  return named && *named ? named : "hub.lock";
}

std::vector<PinChange> lock_names(LockFile& pins, const LockArguments& arguments,
                                  const CommandLine& line) {
  Interruption interruption;
  const LockOptions options = LockOptions().update(arguments.update).stop(interruption.token());
  try {
    return lock(pins, arguments.names, options, make_unpinned_context(line));
  } catch (const std::exception&) {
    if (!interruption.token().stop_requested()) throw;
  }
  throw Interrupted("interrupted; the lock file is as it was");
}

}  // namespace

void run(const LockArguments& arguments, const CommandLine& line) {
  if (arguments.names.empty() && !arguments.update)
    throw UsageError("lock needs the names of what to pin, or --update");
  const std::filesystem::path path = lock_path(line);
  LockFile pins;
  std::error_code absent;
  if (std::filesystem::exists(path, absent)) pins = read_lock_file(path);
  const LockFile before = pins;
  const std::vector<PinChange> changes = lock_names(pins, arguments, line);
  if (!(pins == before) || !std::filesystem::exists(path, absent))
    write_lock_file(path, pins, arguments.force);
  if (line.json) {
    results() << terminal_json(serialize_lock_file(pins));
    return;
  }
  for (const PinChange& change : changes) {
    results() << terminal_line(change.name) << "  ";
    if (!change.before.empty()) results() << terminal_line(change.before) << " -> ";
    results() << terminal_line(change.after) << "\n";
  }
  if (changes.empty()) results() << terminal_line(path.string()) << " is as it was\n";
}

}  // namespace torchhub::cli
