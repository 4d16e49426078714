#include <torchhub/python/detail/pipe.h>
#include <torchhub/python/detail/sandbox_program.h>
#include <torchhub/python/detail/sandbox_wire.h>
#include <torchhub/python/error.h>
#include <torchhub/python/sandbox.h>
#include <torchhub/python/sandbox/descriptor.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <thread>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Ended = SandboxOutcome::Ended;
using detail::Pipe;
using sandbox::Descriptor;

constexpr std::size_t kKeptErrors = std::size_t{16} << 10;
constexpr std::size_t kMostReports = std::size_t{1} << 20;
constexpr int kCannotExec = 127;

[[noreturn]] void throw_errno(const std::string& what) {
  throw Error(errc::cannot_start, what + ": " + std::strerror(errno));
}

void write_all(int file, std::string_view text, const std::string& what) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) throw_errno(what + " cannot be written");
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// A file of no name with this content, to be read or executed: in memory, or where the kernel refuses that,
// on the disk. Kernels from 6.3 on want to be told that it is to be executed.
Descriptor open_nameless(std::string_view content) {
  constexpr unsigned kExecutable = 0x10;  // MFD_EXEC
  Descriptor file(::memfd_create("torchhub-sandbox", MFD_CLOEXEC | kExecutable));
  if (file.number() < 0) file = Descriptor(::memfd_create("torchhub-sandbox", MFD_CLOEXEC));
  if (file.number() >= 0) {
    write_all(file.number(), content, "the sandbox's program");
    ::lseek(file.number(), 0, SEEK_SET);
    return file;
  }
  std::string path = (fs::temp_directory_path() / "torchhub.XXXXXX").string();
  const Descriptor writing(::mkostemp(path.data(), O_CLOEXEC));
  if (writing.number() < 0) throw_errno(path + " cannot be created");
  file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ::unlink(path.c_str());
  ::fchmod(writing.number(), 0700);
  write_all(writing.number(), content, path);
  return file;
}

// Numbers that the descriptors do not have that the program is given.
constexpr int kAbove = 16;

// In the child, which shares all memory with a program of many threads: allocates nothing, does not come back.
[[noreturn]] void become_program(int program, int output, int result, int plan, int reports) {
  std::array<int, 5> kept = {program, output, result, plan, reports};
  for (int& descriptor : kept) {
    descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kAbove);
    if (descriptor < 0) ::_exit(kCannotExec);
  }
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(kept[1], 1) < 0 || ::dup2(kept[1], 2) < 0 ||
      ::dup2(kept[2], detail::kResultDescriptor) < 0 ||
      ::dup2(kept[3], detail::kPlanDescriptor) < 0 ||
      ::dup2(kept[4], detail::kReportDescriptor) < 0)
    ::_exit(kCannotExec);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // All that the caller has open and did not mark is closed by number.
  ::syscall(SYS_close_range, detail::kReportDescriptor + 1, static_cast<unsigned>(kAbove) - 1, 0);
  const int highest = *std::max_element(kept.begin(), kept.end());
  ::syscall(SYS_close_range, static_cast<unsigned>(highest) + 1, ~0u, 0);
  char name[] = "torchhub-sandbox";
  char empty[] = "";
  char* argv[] = {name, nullptr};
  char* envp[] = {nullptr};
  ::syscall(SYS_execveat, kept[0], empty, argv, envp, AT_EMPTY_PATH);
  [[maybe_unused]] const ssize_t told = ::write(detail::kReportDescriptor, "!", 1);
  ::_exit(kCannotExec);
}

// Reads what is there; false at the end.
bool drain(int descriptor, std::string& text) {
  char buffer[65536];
  const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  text.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

SandboxProtection protection_of(const std::vector<detail::SandboxReport>& reports) {
  SandboxProtection protection;
  for (const SandboxWallName& wall : kSandboxWalls) {
    for (const detail::SandboxReport& report : reports)
      if (report.word == "wall" && report.name == wall.name)
        protection.walls.push_back({report.name, report.reason.empty(), report.reason});
  }
  for (const detail::SandboxReport& report : reports) {
    if (report.word == "landlock") protection.landlock_version = std::atoi(report.name.c_str());
    if (report.word == "counted") protection.memory_is_counted = true;
  }
  return protection;
}

// The ends of what comes from the sandbox, and what came.
class Streams {
 public:
  Streams(const SandboxOptions& options, int result, int output, int reports)
      : options_(options),
        watched_{pollfd{result, POLLIN, 0}, pollfd{output, POLLIN, 0}, pollfd{reports, POLLIN, 0}} {
  }

  // Takes what is there, or comes within `milliseconds`. False where nothing came.
  bool take(int milliseconds) {
    if (::poll(watched_.data(), watched_.size(), milliseconds) <= 0) return false;
    bool is_more = false;
    if (ready(2)) {
      is_more |= keep(2, drain(watched_[2].fd, reports));
      tell_start();
    }
    if (ready(0)) is_more |= keep(0, drain(watched_[0].fd, result));
    if (ready(1)) {
      std::string more;
      is_more |= keep(1, drain(watched_[1].fd, more));
      if (options_.on_output() && !more.empty()) options_.on_output()(more);
      // As the caller may print them: each line with a mark.
      constexpr std::uint64_t kMark = 16;
      output_bytes_ += more.size() + kMark * static_cast<std::uint64_t>(
                                                 std::count(more.begin(), more.end(), '\n'));
      errors += more;
      if (errors.size() > kKeptErrors) errors.erase(0, errors.size() - kKeptErrors);
    }
    return is_more;
  }

  bool is_too_much() const {
    return result.size() > options_.output() || output_bytes_ > options_.output() ||
           reports.size() > kMostReports;
  }

  std::string result, errors, reports;

 private:
  bool ready(std::size_t i) const { return watched_[i].fd >= 0 && watched_[i].revents != 0; }
  bool keep(std::size_t i, bool is_open) {
    if (!is_open) watched_[i].fd = -1;
    return is_open;
  }

  // Once, when the command starts.
  void tell_start() {
    if (is_told_ || !options_.on_start()) return;
    const std::vector<detail::SandboxReport> told = detail::decode_reports(reports);
    is_told_ = std::any_of(told.begin(), told.end(), [](const detail::SandboxReport& report) {
      return report.word == "started";
    });
    if (is_told_) options_.on_start()(protection_of(told));
  }

  const SandboxOptions& options_;
  std::array<pollfd, 3> watched_;
  std::uint64_t output_bytes_ = 0;
  bool is_told_ = false;
};

std::uint64_t processors() { return std::max(std::thread::hardware_concurrency(), 1u); }

std::uint64_t processes_of(const SandboxOptions& options) {
  constexpr std::uint64_t kProcesses = 128, kOfEachProcessor = 4;
  return options.processes().value_or(kProcesses + kOfEachProcessor * processors());
}

detail::SandboxPlan plan_of(const std::vector<std::string>& command,
                            const SandboxOptions& options) {
  detail::SandboxPlan plan;
  plan.command = command;
  plan.variables = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
  for (const auto& [name, value] : options.variables())
    plan.variables.push_back(name + '=' + value);
  for (const fs::path& path : options.readable()) plan.readable.push_back(path);
  plan.files = options.files();
  for (const fs::path& path : options.hidden()) plan.hidden.push_back(path);
  std::error_code none;
  plan.temporary_folder = fs::temp_directory_path(none);
  plan.caller = static_cast<std::uint64_t>(::getpid());
  plan.memory = options.memory();
  plan.temporary = options.temporary();
  plan.processes = processes_of(options);
  plan.milliseconds = static_cast<std::uint64_t>(options.deadline().count());
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.deadline()).count();
  plan.cpu_seconds = options.cpu_time() ? static_cast<std::uint64_t>(options.cpu_time()->count())
                                        : (static_cast<std::uint64_t>(seconds) + 1) * processors();
  plan.allow_weak = options.allow_weak();
  return plan;
}

// Waits until the end or a limit; what is still there a second after that is killed. True where it ended.
bool wait_for(pid_t child, const SandboxOptions& options, Streams& streams, Ended& ended) {
  constexpr int kBeat = 20;  // ms
  Clock::time_point end = Clock::now() + options.deadline();
  for (bool is_told = false;;) {
    const pid_t waited = ::waitpid(child, nullptr, WNOHANG);
    // Where the caller ignores SIGCHLD, nobody is left to be waited for.
    if (waited == child || (waited < 0 && errno == ECHILD)) {
      while (!streams.is_too_much() && streams.take(0)) {
      }
      return true;
    }
    const bool is_late = Clock::now() >= end, is_stopped = options.stop().stop_requested();
    if (is_late && is_told) return false;
    if (!is_told && (is_late || is_stopped || streams.is_too_much())) {
      ended = is_stopped ? Ended::stopped : is_late ? Ended::timed_out : Ended::too_much_output;
      is_told = true;
      end = Clock::now() + std::chrono::seconds(1);
      ::kill(child, SIGTERM);
    }
    // Of what is too much no more is taken.
    if (streams.is_too_much()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kBeat));
    } else {
      streams.take(kBeat);
    }
  }
}

[[noreturn]] void throw_weak(const SandboxProtection& protection) {
  std::string missing;
  for (const SandboxWallName& wall : kSandboxWalls) {
    for (const SandboxWall& tried : protection.walls) {
      if (tried.name != wall.name || tried.stands) continue;
      missing += (missing.empty() ? "" : "; ") + std::string(wall.what) + " (" + tried.reason + ')';
    }
  }
  throw Error(errc::weak_sandbox, "this machine does not give the sandbox " + missing);
}

void note_limit(SandboxOutcome& outcome, const std::string& name) {
  if (name == "memory") outcome.ended = Ended::too_much_memory;
  if (name == "processes") outcome.ended = Ended::too_many_processes;
  if (name == "cpu_time") outcome.ended = Ended::too_much_cpu_time;
  if (name == "deadline") outcome.ended = Ended::timed_out;
}

void note_end(SandboxOutcome& outcome, int status) {
  const bool is_signal = WIFSIGNALED(status);
  outcome.status = is_signal ? WTERMSIG(status) : WEXITSTATUS(status);
  if (!is_signal) return;
  outcome.ended = outcome.status == SIGXCPU   ? Ended::too_much_cpu_time
                  : outcome.status == SIGXFSZ ? Ended::too_large_file
                                              : Ended::killed;
}

}  // namespace

SandboxOutcome run_in_sandbox(const std::vector<std::string>& command,
                              const SandboxOptions& options) {
  const Descriptor program = open_nameless(detail::sandbox_program());
  const Descriptor plan = open_nameless(encode(plan_of(command, options)));

  Pipe result, output, reports;
  const pid_t child = ::fork();
  if (child < 0) throw_errno(command.at(0) + " cannot be started");
  if (child == 0)
    become_program(program.number(), output.writing.number(), result.writing.number(),
                   plan.number(), reports.writing.number());
  for (Pipe* pipe : {&result, &output, &reports}) pipe->writing = Descriptor();

  Streams streams(options, result.reading.number(), output.reading.number(),
                  reports.reading.number());
  SandboxOutcome outcome;
  if (!wait_for(child, options, streams, outcome.ended)) {
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  outcome.result = std::move(streams.result);
  outcome.errors = std::move(streams.errors);

  const std::vector<detail::SandboxReport> told = detail::decode_reports(streams.reports);
  outcome.protection = protection_of(told);
  if (!outcome.protection.walls.empty() && !outcome.protection.complete() && !options.allow_weak())
    throw_weak(outcome.protection);
  bool has_started = false;
  for (const detail::SandboxReport& report : told) {
    if (report.word == "started") has_started = true;
    if (report.word == "error")
      throw Error(errc::cannot_start, command[0] + " cannot be started: " + report.name);
    if (outcome.ended != Ended::exited) continue;
    if (report.word == "ended") note_end(outcome, std::atoi(report.name.c_str()));
  }
  for (const detail::SandboxReport& report : told)
    if (report.word == "limit") note_limit(outcome, report.name);
  if (!has_started && outcome.ended == Ended::exited)
    throw Error(errc::cannot_start, command[0] + " cannot be started: the sandbox's program " +
                                        (told.empty() ? "did not start" : "ended before it"));
  return outcome;
}

namespace {

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20, kGibibyte = std::uint64_t{1} << 30;
  if (bytes % kGibibyte == 0) return std::to_string(bytes / kGibibyte) + " GiB";
  if (bytes % kMebibyte == 0) return std::to_string(bytes / kMebibyte) + " MiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace

void add_readable_files(SandboxOptions& options, const fs::path& folder) {
  options.readable(folder);
  std::error_code unreadable;
  const auto skip = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, skip, unreadable), end;
       !unreadable && entry != end; entry.increment(unreadable)) {
    std::error_code gone;
    const fs::file_type type = entry->symlink_status(gone).type();
    if (type == fs::file_type::fifo || type == fs::file_type::socket ||
        type == fs::file_type::character || type == fs::file_type::block)
      options.hidden(entry->path());
  }
}

std::string how_it_ended(const SandboxOutcome& outcome, const SandboxOptions& options) {
  switch (outcome.ended) {
    case Ended::timed_out:
      return "did not end within " + std::to_string(options.deadline().count()) + " ms";
    case Ended::stopped:
      return "was stopped";
    case Ended::too_much_output:
      return "wrote more than " + size_text(options.output());
    case Ended::too_much_memory:
      return "used up its " + size_text(options.memory()) + " of memory";
    case Ended::too_many_processes:
      return "started more processes and threads than it may have";
    case Ended::too_much_cpu_time:
      return "used up its processor time";
    case Ended::too_large_file:
      return "wrote a file of more than " + size_text(options.temporary());
    case Ended::killed:
      return std::string("was ended by a signal: ") + ::strsignal(outcome.status);
    case Ended::exited:
      break;
  }
  return "exited with status " + std::to_string(outcome.status);
}

std::string limit_behind(std::string_view exception, const SandboxOptions& options) {
  const auto speaks_of = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
      return exception.find(word) != exception.npos;
    });
  };
  // Of CPython, numpy and torch; the numbers are ENOMEM, EAGAIN, EFBIG and ENOSPC.
  if (speaks_of({"MemoryError", "[Errno 12]", "can't allocate memory", "bad_alloc"}))
    return " (the sandbox gives it " + size_text(options.memory()) + " of memory)";
  if (speaks_of({"[Errno 11]", "can't start new thread"}))
    return " (the sandbox gives it " + std::to_string(processes_of(options)) +
           " processes and threads)";
  if (speaks_of({"[Errno 27]", "[Errno 28]"}))
    return " (the sandbox gives it " + size_text(options.temporary()) + " for its files)";
  return "";
}

}  // namespace torchhub::python
