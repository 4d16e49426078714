// The program that run_in_sandbox() starts, without the caller's memory, environment and descriptors. It is three
// processes: the first makes what must be made outside, waits, and cleans up; the second, number one of a process
// namespace, makes the root folder and looks after what all take; the third becomes the command.

#include <torchhub/python/sandbox/command.h>
#include <torchhub/python/sandbox/control_group.h>
#include <torchhub/python/sandbox/root.h>
#include <torchhub/python/sandbox/text_file.h>
#include <torchhub/python/sandbox/walls.h>
#include <torchhub/python/sandbox/watch.h>

#include <dirent.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::python::sandbox {
namespace {

constexpr int kFailed = 126;
constexpr char kHostName[] = "sandbox";

void tell_and_end(const std::string& sentence) {
  tell({"error", sentence, ""});
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

void block_signals() {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGCHLD);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

// SIGCHLD, SIGTERM, or 0 after `milliseconds`.
int next_signal(long milliseconds) {
  sigset_t awaited;
  ::sigemptyset(&awaited);
  ::sigaddset(&awaited, SIGCHLD);
  ::sigaddset(&awaited, SIGTERM);
  constexpr long kNanoseconds = 1'000'000;
  const timespec time{milliseconds / 1000, milliseconds % 1000 * kNanoseconds};
  const int number = ::sigtimedwait(&awaited, nullptr, &time);
  return number < 0 ? 0 : number;
}

// What was started by the command and left by it, where no process namespace ends with its first process.
void end_the_rest() {
  constexpr int kMostRounds = 1000;  // each child that ends may leave its own children
  for (int i = 0; i < kMostRounds; ++i) {
    std::istringstream children(read_text(AT_FDCWD, "/proc/thread-self/children"));
    bool is_any = false;
    for (pid_t child = 0; children >> child; is_any = true) ::kill(child, SIGKILL);
    if (!is_any) return;
    ::waitpid(-1, nullptr, 0);
  }
}

// The second process: waits for the command, and for whatever was left to it, within the limits.
[[noreturn]] void look_after(pid_t command, const detail::SandboxPlan& plan, bool own_processes,
                             bool is_counted) {
  constexpr long kBeat = 50;
  const auto end_all = [&](const char* limit) {
    if (limit) tell({"limit", limit, ""});
    // In a process namespace all but the first process; else the command's session, which it may have left.
    ::kill(own_processes ? -1 : -command, SIGKILL);
    ::kill(command, SIGKILL);
  };
  const auto limit_reached = [&]() -> const char* {
    const Usage usage = usage_of_all(own_processes, command);
    if (usage.processes > plan.processes) return "processes";
    if (usage.cpu_seconds >= plan.cpu_seconds) return "cpu_time";
    if (!is_counted && usage.memory > plan.memory &&
        exact_memory_of_all(own_processes, command, usage.memory) > plan.memory)
      return "memory";
    return nullptr;
  };
  for (bool is_ending = false;;) {
    int status = 0;
    for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != command) continue;
      tell({"ended", std::to_string(status), ""});
      if (!own_processes) {
        end_all(nullptr);
        end_the_rest();
      }
      ::_exit(0);
    }
    if (next_signal(kBeat) == SIGTERM) end_all(nullptr);
    if (is_ending) continue;
    if (const char* limit = limit_reached()) {
      is_ending = true;
      end_all(limit);
    }
  }
}

[[noreturn]] void be_first_process(const detail::SandboxPlan& plan, Walls walls,
                                   const Namespaces& outside, bool is_counted) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  walls["network"] = unshare_one(CLONE_NEWNET);
  walls["ipc"] = unshare_one(CLONE_NEWIPC);
  walls["host"] = unshare_one(CLONE_NEWUTS);
  if (walls["host"].empty() && ::sethostname(kHostName, sizeof kHostName - 1) != 0)
    walls["host"] = failed("sethostname");
  if (walls["host"].empty()) walls["host"] = unshare_one(CLONE_NEWCGROUP);
  walls["files"] = unshare_one(CLONE_NEWNS);
  if (walls["files"].empty()) {
    RootOutcome outcome = enter_root(plan);
    walls["files"] = outcome.root;
    if (walls["processes"].empty()) walls["processes"] = outcome.proc;
  } else if (walls["processes"].empty()) {
    walls["processes"] = walls["files"];
  }
  const bool own_processes = ::getpid() == 1;
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
  look_after(command, plan, own_processes, is_counted);
}

// The first process: ends when the second has, when it is told to, or when memory runs out.
void wait_for(pid_t second, const ControlGroup& group) {
  constexpr long kBeat = 100;
  for (;;) {
    if (::waitpid(second, nullptr, WNOHANG) == second) return;
    const bool is_told_to_end = next_signal(kBeat) == SIGTERM;
    if (is_told_to_end || group.ran_out_of_memory()) ::kill(second, SIGKILL);
  }
}

// The command's own folder where it has no root of its own: gone with all that it wrote.
void write_own_files(const detail::SandboxPlan& plan) {
  for (const auto& [name, content] : plan.files) {
    const Descriptor file(::open((plan.outside + "/own/" + name).c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file || ::write(file.number(), content.data(), content.size()) !=
                     static_cast<ssize_t>(content.size()))
      tell_and_end(failed(name));
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

// All that the caller made for this sandbox: it may be gone itself.
void remove_all(const std::string& folder) {
  constexpr int kDescriptors = 16;
  ::nftw(
      folder.c_str(),
      [](const char* path, const struct stat*, int, FTW*) { return ::remove(path); }, kDescriptors,
      FTW_DEPTH | FTW_PHYS);
}

int run() {
  close_all_others();
  // Read before anything can fail in a way that needs to be told.
  std::string text;
  char buffer[65536];
  for (ssize_t got; (got = ::read(detail::kPlanDescriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  const auto plan = detail::decode_plan(text);
  if (!plan) tell_and_end("the sandbox's plan cannot be read");
  block_signals();
  // A caller that is gone must not end this process before it has cleaned up.
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (static_cast<std::uint64_t>(::getppid()) != plan->caller) return kFailed;
  ::setsid();
  ::umask(022);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // No key of the user's session. Where that is not permitted, neither is what it protects from: keyctl.
  constexpr int kJoinSessionKeyring = 1;
  ::syscall(SYS_keyctl, kJoinSessionKeyring, nullptr);
  const Namespaces outside = namespaces_of_self();
  write_own_files(*plan);

  const ControlGroup group(plan->memory, plan->processes);
  if (group.counts_memory()) tell({"counted", "", ""});
  Walls walls;
  walls["user"] = enter_user_namespace();
  walls["processes"] = unshare_one(CLONE_NEWPID);
  ::prctl(PR_SET_DUMPABLE, 0);
  // Forgotten with the user that this process was.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (static_cast<std::uint64_t>(::getppid()) != plan->caller) return kFailed;
  const pid_t second = ::fork();
  if (second < 0) tell_and_end(failed("fork"));
  if (second == 0) be_first_process(*plan, std::move(walls), outside, group.counts_memory());
  // Else the reader would wait for this process to be gone, too.
  wait_for(second, group);
  if (group.ran_out_of_memory()) tell({"limit", "memory", ""});
  if (group.refused_processes()) tell({"reached", "processes", ""});
  remove_all(plan->outside);
  return 0;
}

}  // namespace
}  // namespace torchhub::python::sandbox

int main() { return torchhub::python::sandbox::run(); }
