// The program that run_in_sandbox() starts, without the caller's memory, environment and descriptors. It is three
// processes: the first makes what must be made outside, waits, and cleans up; the second, number one of a process
// namespace, makes the root folder and looks after what all take; the third becomes the command.

#include <torchhub/python/sandbox/command.h>
#include <torchhub/python/sandbox/control_group.h>
#include <torchhub/python/sandbox/descriptor.h>
#include <torchhub/python/sandbox/outside.h>
#include <torchhub/python/sandbox/root.h>
#include <torchhub/python/sandbox/text_file.h>
#include <torchhub/python/sandbox/walls.h>
#include <torchhub/python/sandbox/watch.h>

#include <dirent.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::python::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFailed = 126;
constexpr char kHostName[] = "sandbox";

[[noreturn]] void tell_and_end(const Reason& reason) {
  tell({"error", reason, ""});
  ::_exit(kFailed);
}

Reason unshare_one(int flag) { return ::unshare(flag) == 0 ? Reason() : failed("unshare"); }

// A user namespace in which the user is who he was: his own number, and no other.
Reason enter_user_namespace() {
  const std::string uid = std::to_string(::getuid()), gid = std::to_string(::getgid());
  if (Reason reason = unshare_one(CLONE_NEWUSER); !reason.empty()) return reason;
  write_text(AT_FDCWD, "/proc/self/setgroups", "deny");
  if (!write_text(AT_FDCWD, "/proc/self/uid_map", uid + ' ' + uid + " 1") ||
      !write_text(AT_FDCWD, "/proc/self/gid_map", gid + ' ' + gid + " 1"))
    return failed("the user's number in a user namespace");
  return {};
}

sigset_t awaited_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  ::sigaddset(&signals, SIGTERM);
  return signals;
}

// SIGCHLD, SIGTERM, or 0 after `milliseconds`.
int next_signal(long milliseconds) {
  const sigset_t awaited = awaited_signals();
  constexpr long kNanoseconds = 1'000'000;
  const timespec time{milliseconds / 1000, milliseconds % 1000 * kNanoseconds};
  const int number = ::sigtimedwait(&awaited, nullptr, &time);
  return number < 0 ? 0 : number;
}

// The limit that all processes together have met; "" for none.
std::string limit_met(const detail::SandboxPlan& plan, Whose whose, bool memory_is_counted) {
  const Usage usage = usage_of_all(whose);
  if (usage.processes > plan.processes) return "processes";
  if (usage.cpu_seconds >= plan.cpu_seconds) return "cpu_time";
  if (!memory_is_counted && usage.memory > plan.memory &&
      exact_memory_of_all(whose, usage.memory) > plan.memory)
    return "memory";
  return "";
}

// The second process: waits for the command, and for whatever was left to it, within the limits.
[[noreturn]] void look_after(pid_t command, const detail::SandboxPlan& plan, Whose whose,
                             bool memory_is_counted) {
  constexpr long kBeat = 50;
  for (bool is_ending = false;;) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != command) continue;
      tell({"ended", std::to_string(status), ""});
      kill_all(whose);
      ::_exit(0);
    }
    if (ended < 0 && errno != EINTR) tell_and_end(failed("waitpid"));
    if (next_signal(kBeat) == SIGTERM) kill_all(whose);
    const std::string limit = is_ending ? "" : limit_met(plan, whose, memory_is_counted);
    if (limit.empty()) continue;
    is_ending = true;
    tell({"limit", limit, ""});
    kill_all(whose);
  }
}

// A root folder, with a /proc; without it the command's files lie outside.
void make_files(Walls& walls, const detail::SandboxPlan& plan, const Outside& outside) {
  walls["files"] = unshare_one(CLONE_NEWNS);
  RootOutcome outcome{walls["files"], walls["files"]};
  if (walls["files"].empty()) outcome = enter_root(plan);
  walls["files"] = outcome.root;
  if (walls["processes"].empty()) walls["processes"] = outcome.proc;
  if (walls["files"].empty()) return;
  if (const Reason reason = outside.write_own_files(plan); !reason.empty()) tell_and_end(reason);
}

[[noreturn]] void be_second_process(const detail::SandboxPlan& plan, Walls walls,
                                    const Outside& outside, bool memory_is_counted) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  walls["network"] = unshare_one(CLONE_NEWNET);
  walls["ipc"] = unshare_one(CLONE_NEWIPC);
  walls["host"] = unshare_one(CLONE_NEWUTS);
  if (walls["host"].empty() && ::sethostname(kHostName, sizeof kHostName - 1) != 0)
    walls["host"] = failed("sethostname");
  if (walls["host"].empty()) walls["host"] = unshare_one(CLONE_NEWCGROUP);
  make_files(walls, plan, outside);
  const bool is_first = ::getpid() == 1, has_proc = walls["processes"].empty();
  const Whose whose = has_proc   ? Whose::own_namespace
                      : is_first ? Whose::unknown
                                 : Whose::descendants;
  // What it holds stays its own: nobody inside may look into this process.
  ::prctl(PR_SET_DUMPABLE, 0);
  const pid_t command = ::fork();
  if (command < 0) tell_and_end(failed("fork"));
  if (command == 0) {
    ::prctl(PR_SET_DUMPABLE, 1);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    become_command(plan, std::move(walls), outside);
  }
  look_after(command, plan, whose, memory_is_counted);
}

// The first process: ends when the second has; makes it end when it is told to, at the deadline, which the caller may
// be too busy to see, and when memory runs out.
void wait_for(pid_t second, const detail::SandboxPlan& plan, const ControlGroup& group) {
  constexpr long kBeat = 100;
  // Later than the caller's, which says more.
  constexpr std::chrono::milliseconds kGrace(500);
  const auto end = Clock::now() + std::chrono::milliseconds(plan.milliseconds) + kGrace;
  for (bool is_late = false;;) {
    const pid_t waited = ::waitpid(second, nullptr, WNOHANG);
    const bool cannot_wait = waited < 0 && errno != EINTR;
    if (cannot_wait) ::kill(second, SIGKILL);
    if (waited == second || cannot_wait) return;
    const bool is_told = next_signal(kBeat) == SIGTERM;
    if (!is_late && Clock::now() >= end) {
      is_late = true;
      tell({"limit", "deadline", ""});
    }
    if (is_told || is_late || group.ran_out_of_memory()) ::kill(second, SIGKILL);
  }
}

// Whatever the caller had open and did not mark, where the kernel has no close_range for it.
void close_all_others() {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir("/proc/self/fd"), ::closedir);
  std::vector<int> numbers;
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
    numbers.push_back(std::atoi(entry->d_name));
  for (const int number : numbers)
    if (number > detail::kReportDescriptor && number != ::dirfd(open.get())) ::close(number);
}

detail::SandboxPlan read_plan() {
  std::string text;
  char buffer[65536];
  for (ssize_t got; (got = ::read(detail::kPlanDescriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  auto plan = detail::decode_plan(text);
  if (!plan) tell_and_end("the sandbox's plan cannot be read");
  return *std::move(plan);
}

// With its own session, mask, groups and keys, and told when the caller is gone.
void leave_the_caller() {
  const sigset_t awaited = awaited_signals();
  ::sigprocmask(SIG_BLOCK, &awaited, nullptr);
  // A caller that is gone must not end this process before it has cleaned up.
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::setsid();
  ::umask(022);
  // Only root may give them up.
  ::setgroups(0, nullptr);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // No key of the user's session. Where that is not permitted, neither is what it protects from: keyctl.
  constexpr int kJoinSessionKeyring = 1;
  ::syscall(SYS_keyctl, kJoinSessionKeyring, nullptr);
}

int run() {
  close_all_others();
  const detail::SandboxPlan plan = read_plan();
  leave_the_caller();
  const auto is_alone = [&] { return static_cast<std::uint64_t>(::getppid()) != plan.caller; };
  if (is_alone()) return kFailed;
  const Outside outside(plan);
  if (!outside.reason().empty()) {
    tell({"error", outside.reason(), ""});
    return kFailed;
  }
  const ControlGroup group(plan.memory, plan.processes);
  if (group.counts_memory()) tell({"counted", "", ""});
  Walls walls;
  walls["user"] = enter_user_namespace();
  walls["processes"] = unshare_one(CLONE_NEWPID);
  ::prctl(PR_SET_DUMPABLE, 0);
  // Forgotten with the user that this process was.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (is_alone()) return kFailed;
  const pid_t second = ::fork();
  if (second == 0) be_second_process(plan, std::move(walls), outside, group.counts_memory());
  if (second < 0) {
    tell({"error", failed("fork"), ""});
    return kFailed;
  }
  wait_for(second, plan, group);
  if (group.ran_out_of_memory()) tell({"limit", "memory", ""});
  return 0;
}

}  // namespace
}  // namespace torchhub::python::sandbox

int main() { return torchhub::python::sandbox::run(); }
