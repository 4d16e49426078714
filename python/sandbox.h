#ifndef TORCHHUB_PYTHON_SANDBOX_H_
#define TORCHHUB_PYTHON_SANDBOX_H_
// A program in processes of its own that can harm nobody: a root folder of its own with no files but those that it is
// given, no network, no system calls but those that Python and numpy need, no credentials of the environment, and
// limits for memory, processes, time and output.
//
//   python::SandboxOptions options;
//   options.deadline(10s).readable("/models");
//   python::SandboxOutcome outcome = python::run_in_sandbox({"/usr/bin/python3", "-c", code}, options);
//   if (outcome.ended == python::SandboxOutcome::Ended::exited) std::cout << outcome.result;
//
// Each wall is tried from inside before the program starts. Where one does not stand, the program is not started,
// but with SandboxOptions::allow_weak(true), and `outcome.protection` tells what is open.
// Source: namespaces(7), mount_setattr(2), landlock(7), seccomp(2), cgroups(7).

#include <torchhub/python/export.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::python {

/// One wall, as it was tried from inside.
struct SandboxWall {
  std::string name;  ///< "files", "processes", "network", ...: kSandboxWalls
  bool stands = false;
  std::string reason;  ///< why it does not
};

struct SandboxWallName {
  std::string_view name;
  std::string_view what;  ///< what it is
  std::string_view open;  ///< what is open without it
};

/// All walls, the first from outside.
inline constexpr SandboxWallName kSandboxWalls[] = {
    {"user", "a user namespace", "what this user may do, the code may try"},
    {"files", "a root folder of its own",
     "the user's files may be seen and changed, and its own lie on the disk, with no limit but one "
     "for each"},
    {"session", "a session of its own",
     "the terminal and the caller's other processes are in reach"},
    {"processes", "a process namespace and a /proc of its own",
     "the user's other processes may be seen, their variables with them, and what it starts may "
     "outlive it"},
    {"network", "a network namespace", "the network may be reached"},
    {"ipc", "a namespace for shared memory and message queues",
     "the user's shared memory and message queues may be reached"},
    {"host", "namespaces for the host's name and for control groups",
     "the host's name and control groups may be seen"},
    {"privileges", "no capabilities and no way to new privileges",
     "setuid programs and capabilities may be used"},
    {"limits", "limits for memory, processes, files and processor time",
     "it may take all that this user may"},
    {"landlock", "all of Landlock's rules for files",
     "files are kept by a root folder alone, if it has one"},
    {"system_calls", "a list of allowed system calls",
     "every system call of the kernel may be tried, and UNIX sockets be opened"},
};

/// What the process was kept in by.
struct SandboxProtection {
  std::vector<SandboxWall> walls;  ///< in the order of kSandboxWalls
  int landlock_version = 0;        ///< the kernel's, 0 where there is none
  bool memory_is_counted = false;  ///< by a control group; else looked after every 50 ms

  bool complete() const {
    for (const SandboxWall& wall : walls)
      if (!wall.stands) return false;
    return !walls.empty();
  }
  bool stands(std::string_view name) const {
    for (const SandboxWall& wall : walls)
      if (wall.name == name) return wall.stands;
    return false;
  }
};

class SandboxOptions {
 public:
  SandboxOptions() = default;

  /// Wall time. Default: 60 s.
  SandboxOptions& deadline(std::chrono::milliseconds value) {
    deadline_ = value;
    return *this;
  }
  std::chrono::milliseconds deadline() const { return deadline_; }

  /// Bytes of all its processes together, and of each one's own data. Files that are mapped, as libraries are, do not
  /// count, up to 16 GiB. Default: 4 GiB.
  SandboxOptions& memory(std::uint64_t value) {
    memory_ = value;
    return *this;
  }
  std::uint64_t memory() const { return memory_; }

  /// Bytes that it may write into its own temporary folder, which lies in memory. Default: 256 MiB.
  SandboxOptions& temporary(std::uint64_t value) {
    temporary_ = value;
    return *this;
  }
  std::uint64_t temporary() const { return temporary_; }

  /// Processes and threads at once. Default: 128 and four for each processor.
  SandboxOptions& processes(std::uint64_t value) {
    processes_ = value;
    return *this;
  }
  std::optional<std::uint64_t> processes() const { return processes_; }

  /// Processor time of all its processes together. Default: the deadline, on each processor.
  SandboxOptions& cpu_time(std::chrono::seconds value) {
    cpu_time_ = value;
    return *this;
  }
  std::optional<std::chrono::seconds> cpu_time() const { return cpu_time_; }

  /// Bytes of its result, and of what it writes to stdout and stderr. Default: 64 MiB each.
  SandboxOptions& output(std::uint64_t value) {
    output_ = value;
    return *this;
  }
  std::uint64_t output() const { return output_; }

  /// Ends it. Default: a token that never stops.
  SandboxOptions& stop(std::stop_token value) {
    stop_ = std::move(value);
    return *this;
  }
  const std::stop_token& stop() const { return stop_; }

  /// Called once, on the thread of run_in_sandbox(), when all walls were tried and the command starts.
  SandboxOptions& on_start(std::function<void(const SandboxProtection&)> value) {
    on_start_ = std::move(value);
    return *this;
  }
  const std::function<void(const SandboxProtection&)>& on_start() const { return on_start_; }

  /// Called with what it writes to stdout and stderr, as it comes, on the thread of run_in_sandbox().
  SandboxOptions& on_output(std::function<void(std::string_view)> value) {
    on_output_ = std::move(value);
    return *this;
  }
  const std::function<void(std::string_view)>& on_output() const { return on_output_; }

  /// A file or folder that it may read, beside the system's programs and libraries. An absolute path.
  SandboxOptions& readable(std::filesystem::path value) {
    readable_.push_back(std::move(value));
    return *this;
  }
  const std::vector<std::filesystem::path>& readable() const { return readable_; }

  /// A file or folder below those that it sees as an empty one: a FIFO, which is no file to read.
  SandboxOptions& hidden(std::filesystem::path value) {
    hidden_.push_back(std::move(value));
    return *this;
  }
  const std::vector<std::filesystem::path>& hidden() const { return hidden_; }

  /// A variable of its environment, which has else PATH, LANG, HOME and TMPDIR, the last two its own
  /// temporary folder.
  SandboxOptions& variable(std::string name, std::string value) {
    variables_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  const std::vector<std::pair<std::string, std::string>>& variables() const { return variables_; }

  /// A file of its own temporary folder, which it starts in.
  SandboxOptions& file(std::string name, std::string content) {
    files_.emplace_back(std::move(name), std::move(content));
    return *this;
  }
  const std::vector<std::pair<std::string, std::string>>& files() const { return files_; }

  /// Runs it although walls are missing. Default: false.
  SandboxOptions& allow_weak(bool value) {
    allow_weak_ = value;
    return *this;
  }
  bool allow_weak() const { return allow_weak_; }

 private:
  std::chrono::milliseconds deadline_ = std::chrono::seconds(60);
  std::uint64_t memory_ = std::uint64_t{4} << 30;
  std::uint64_t temporary_ = std::uint64_t{256} << 20;
  std::uint64_t output_ = std::uint64_t{64} << 20;
  std::optional<std::uint64_t> processes_;
  std::optional<std::chrono::seconds> cpu_time_;
  std::stop_token stop_;
  std::function<void(const SandboxProtection&)> on_start_;
  std::function<void(std::string_view)> on_output_;
  std::vector<std::filesystem::path> readable_;
  std::vector<std::filesystem::path> hidden_;
  std::vector<std::pair<std::string, std::string>> variables_;
  std::vector<std::pair<std::string, std::string>> files_;
  bool allow_weak_ = false;
};

struct SandboxOutcome {
  enum class Ended {
    exited,
    killed,
    timed_out,
    stopped,
    too_much_output,
    too_much_memory,
    too_many_processes,
    too_much_cpu_time,
    too_large_file,
  };

  Ended ended = Ended::exited;
  int status = 0;      ///< the exit status, or the signal's number
  std::string result;  ///< what it wrote to descriptor 3
  std::string errors;  ///< the end of what it wrote to stdout and stderr
  SandboxProtection protection;
};

/// Runs `command`, an absolute path and its arguments, to its end or a limit; no process of it is
/// left then. Throws: errc::cannot_start; errc::weak_sandbox where a wall is missing, and nothing ran.
/// Thread safety: may be called at any time, by several threads; it forks.
TORCHHUB_PYTHON_EXPORT SandboxOutcome run_in_sandbox(
    const std::vector<std::string>& command, const SandboxOptions& options = SandboxOptions());

/// Lets it read `folder`, but for FIFOs, sockets and devices in it: who reads a FIFO takes what was meant for another.
TORCHHUB_PYTHON_EXPORT void add_readable_files(SandboxOptions& options,
                                               const std::filesystem::path& folder);

/// How it ended, after "the process ": "used up its 4 GiB of memory", "exited with status 3".
TORCHHUB_PYTHON_EXPORT std::string how_it_ended(const SandboxOutcome& outcome,
                                                const SandboxOptions& options);

/// Which limit a Python exception that ended it speaks of, as " (the sandbox gives it 4 GiB of memory)"; "" for none.
TORCHHUB_PYTHON_EXPORT std::string limit_behind(std::string_view exception,
                                                const SandboxOptions& options);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_SANDBOX_H_
