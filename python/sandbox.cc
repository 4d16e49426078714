#include <torchhub/python/error.h>
#include <torchhub/python/sandbox.h>

#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostResult = std::size_t{64} << 20;
constexpr std::size_t kKeptErrors = std::size_t{16} << 10;
constexpr int kCannotExec = 127;
constexpr int kSignalled = 128;  // and the signal's number, as shells have it

[[noreturn]] void throw_errno(const std::string& what) {
  throw Error(errc::cannot_start, what + ": " + std::strerror(errno));
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "torchhub.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw_errno(name + " cannot be created");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw_errno("a pipe cannot be made");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reading();
    close_writing();
  }

  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_reading() { close_end(0); }
  void close_writing() { close_end(1); }

 private:
  void close_end(std::size_t i) {
    if (ends_[i] >= 0) ::close(ends_[i]);
    ends_[i] = -1;
  }

  std::array<int, 2> ends_{-1, -1};
};

// All that the child needs, made before the fork: afterwards nothing may allocate.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::string folder;
  std::vector<std::string> readable;
  std::uint64_t memory = 0;
  std::string uid_map;
  std::string gid_map;
};

// What the child tells before it becomes the program.
struct Report {
  bool no_network = false;
  bool files = false;
  bool processes = false;
  int error = 0;
};

void write_file(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, text.data(), text.size());
  ::close(file);
}

void limit(decltype(RLIMIT_AS) resource, std::uint64_t value) {
  const rlimit bound{value, value};
  ::setrlimit(resource, &bound);
}

// The layouts and numbers of newer kernels than the header may be of.
struct Ruleset {
  std::uint64_t fs;
  std::uint64_t net;
};
constexpr std::uint64_t kTruncate = 1u << 14;
constexpr std::uint64_t kDeviceIoctl = 1u << 15;
constexpr std::uint64_t kTcp = 3;  // bind and connect
constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kAllOfAbi1 = (1u << 13) - 1;

std::uint64_t file_rights(long abi) {
  std::uint64_t rights = kAllOfAbi1;
  if (abi >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kDeviceIoctl;
  return rights;
}

void allow(int ruleset, const char* path, std::uint64_t rights) {
  landlock_path_beneath_attr rule{};
  rule.parent_fd = ::open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return;
  struct stat status;
  if (::fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
    rights &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
              LANDLOCK_ACCESS_FS_READ_FILE | kTruncate | kDeviceIoctl;
  }
  rule.allowed_access = rights;
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(rule.parent_fd);
}

// Files, and where there are no namespaces, TCP.
void restrict_files(const Plan& plan, Report& report) {
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return;
  const std::uint64_t rights = file_rights(abi);
  const Ruleset attributes{rights, abi >= 4 ? kTcp : 0};
  const std::size_t size = abi >= 4 ? sizeof attributes : sizeof attributes.fs;
  const auto ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return;
  for (const char* path : {"/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys"})
    allow(ruleset, path, kRead);
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"})
    allow(ruleset, path, rights);
  for (const std::string& path : plan.readable) allow(ruleset, path.c_str(), kRead);
  allow(ruleset, plan.folder.c_str(), rights);
  report.files = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  report.no_network = report.no_network || (report.files && abi >= 4);
  ::close(ruleset);
}

// Waits for `program` and ends as it does.
[[noreturn]] void end_like(pid_t program) {
  int status = 0;
  // Others that were left to this process are waited for on the way.
  for (pid_t ended = 0; ended != program;) {
    ended = ::waitpid(-1, &status, 0);
    if (ended < 0 && errno != EINTR) ::_exit(kCannotExec);
  }
  ::_exit(WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status));
}

// In the child, single-threaded: allocates nothing, and does not come back.
[[noreturn]] void become(const Plan& plan, int result, int errors, int report_pipe) {
  Report report;
  const auto fail = [&] {
    report.error = errno;
    [[maybe_unused]] const ssize_t told = ::write(report_pipe, &report, sizeof report);
    ::_exit(kCannotExec);
  };
  // Becomes a child of itself; the parent keeps nothing open and ends as the child does.
  const auto step_down = [&] {
    const pid_t next = ::fork();
    if (next < 0) fail();
    if (next > 0) {
      ::close(report_pipe);
      ::close(result);
      ::close(errors);
      end_like(next);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  };
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC) == 0) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", plan.uid_map);
    write_file("/proc/self/gid_map", plan.gid_map);
    report.no_network = report.processes = true;
    // The first process of a namespace is not killed by signals from inside, and all end with it: it
    // only waits for the program.
    step_down();
  }
  step_down();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_DATA, plan.memory);
  limit(RLIMIT_FSIZE, plan.memory);
  if (::chdir(plan.folder.c_str()) != 0) fail();
  restrict_files(plan, report);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  // Copies at numbers that the others do not have, whatever theirs were.
  const int kept_report = ::fcntl(report_pipe, F_DUPFD_CLOEXEC, 10);
  const int kept_result = ::fcntl(result, F_DUPFD, 10);
  const int kept_errors = ::fcntl(errors, F_DUPFD, 10);
  if (nothing < 0 || kept_report < 0 || kept_result < 0 || kept_errors < 0 ||
      ::dup2(nothing, 0) < 0 || ::dup2(kept_errors, 1) < 0 || ::dup2(kept_errors, 2) < 0 ||
      ::dup2(kept_result, 3) < 0)
    fail();
  ::syscall(SYS_close_range, 4, static_cast<unsigned>(kept_report) - 1, 0);
  ::syscall(SYS_close_range, static_cast<unsigned>(kept_report) + 1, ~0u, 0);
  report_pipe = kept_report;
  [[maybe_unused]] const ssize_t told = ::write(report_pipe, &report, sizeof report);
  ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
  fail();
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

struct Environment {
  explicit Environment(const SandboxOptions& options, const fs::path& folder) {
    texts = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + folder.string(),
             "TMPDIR=" + folder.string()};
    for (const auto& [name, value] : options.variables()) texts.push_back(name + '=' + value);
  }
  std::vector<std::string> texts;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

SandboxOutcome run_in_sandbox(const std::vector<std::string>& command,
                              const SandboxOptions& options) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : options.files()) {
    std::ofstream file(folder.path() / name, std::ios::binary);
    file << content;
    if (!file.flush()) throw_errno((folder.path() / name).string() + " cannot be written");
  }
  std::vector<std::string> arguments = command;
  Environment environment(options, folder.path());
  Plan plan;
  plan.argv = pointers(arguments);
  plan.envp = pointers(environment.texts);
  plan.folder = folder.path();
  for (const fs::path& path : options.readable()) plan.readable.push_back(path);
  plan.memory = options.memory();
  const std::string uid = std::to_string(::getuid()), gid = std::to_string(::getgid());
  plan.uid_map = uid + ' ' + uid + " 1";
  plan.gid_map = gid + ' ' + gid + " 1";

  Pipe result, errors, reports;
  const pid_t child = ::fork();
  if (child < 0) throw_errno(command.at(0) + " cannot be started");
  if (child == 0) become(plan, result.writing(), errors.writing(), reports.writing());
  result.close_writing();
  errors.close_writing();
  reports.close_writing();

  SandboxOutcome outcome;
  const auto end = Clock::now() + options.deadline();
  std::array<pollfd, 2> watched{pollfd{result.reading(), POLLIN, 0},
                                pollfd{errors.reading(), POLLIN, 0}};
  // Until both ends are closed: also by processes that the program left behind, or by the deadline.
  std::optional<int> status;
  while (!status) {
    int raw = 0;
    if (::waitpid(child, &raw, WNOHANG) == child) status = raw;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    const bool is_late = !status && left.count() <= 0;
    if (is_late || outcome.result.size() > kMostResult) {
      outcome.ended =
          is_late ? SandboxOutcome::Ended::timed_out : SandboxOutcome::Ended::too_much_output;
      break;
    }
    constexpr int kBeat = 20;  // ms
    if (::poll(watched.data(), watched.size(), status ? 0 : kBeat) <= 0) continue;
    if (watched[0].revents != 0 && !drain(result.reading(), outcome.result)) watched[0].fd = -1;
    if (watched[1].revents != 0 && !drain(errors.reading(), outcome.errors)) watched[1].fd = -1;
    if (outcome.errors.size() > kKeptErrors)
      outcome.errors.erase(0, outcome.errors.size() - kKeptErrors);
  }
  // The group, and with the first process of a namespace all others.
  ::kill(-child, SIGKILL);
  if (!status) {
    ::kill(child, SIGKILL);
    int raw = 0;
    while (::waitpid(child, &raw, 0) < 0 && errno == EINTR) {
    }
  }
  // What was written before the end. A process that is left may hold the ends open: what is there counts.
  for (pollfd& entry : watched) {
    std::string& text = entry.fd == errors.reading() ? outcome.errors : outcome.result;
    while (entry.fd >= 0 && ::poll(&entry, 1, 0) > 0 && text.size() <= kMostResult &&
           drain(entry.fd, text)) {
    }
  }
  if (outcome.errors.size() > kKeptErrors)
    outcome.errors.erase(0, outcome.errors.size() - kKeptErrors);

  Report report;
  // One before the program, and one where it could not be started.
  for (Report next; ::read(reports.reading(), &next, sizeof next) == sizeof next;) report = next;
  if (report.error != 0) {
    errno = report.error;
    throw_errno(command[0] + " cannot be started");
  }
  outcome.protection = {report.no_network, report.files, report.processes};
  if (status) {
    const int code = WIFSIGNALED(*status) ? kSignalled + WTERMSIG(*status) : WEXITSTATUS(*status);
    if (code > kSignalled && code < kSignalled + NSIG)
      outcome.ended = SandboxOutcome::Ended::killed;
    outcome.status = outcome.ended == SandboxOutcome::Ended::killed ? code - kSignalled : code;
  }
  return outcome;
}

}  // namespace torchhub::python
