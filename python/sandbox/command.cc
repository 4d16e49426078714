#include <torchhub/python/sandbox/command.h>
#include <torchhub/python/sandbox/landlock.h>
#include <torchhub/python/sandbox/root.h>
#include <torchhub/python/sandbox/system_calls.h>

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::python::sandbox {
namespace {

constexpr int kCannotExec = 127;

// False where the kernel does not take it.
bool limit(decltype(RLIMIT_AS) resource, std::uint64_t value, std::uint64_t more = 0) {
  rlimit bound{}, found{};
  if (::getrlimit(resource, &bound) != 0) return false;
  // No higher than what the caller has itself.
  bound.rlim_max = std::min<rlim_t>(bound.rlim_max, value + more);
  bound.rlim_cur = std::min<rlim_t>(bound.rlim_max, value);
  return ::setrlimit(resource, &bound) == 0 && ::getrlimit(resource, &found) == 0 &&
         found.rlim_cur == bound.rlim_cur && found.rlim_max == bound.rlim_max;
}

Reason set_limits(const detail::SandboxPlan& plan, bool in_user_namespace) {
  // Files are also what buffers of pipes and pairs of sockets are bounded by.
  constexpr std::uint64_t kFiles = 512, kSignals = 1024;
  // Addresses are no memory: CUDA's libraries map more of their files than a listing may use of the machine's memory.
  // RLIMIT_DATA bounds what is written and a process's own; what it shares, look_after() counts.
  constexpr std::uint64_t kOfFiles = std::uint64_t{16} << 30;
  bool are_set = limit(RLIMIT_DATA, plan.memory) && limit(RLIMIT_AS, plan.memory + kOfFiles) &&
                 limit(RLIMIT_FSIZE, plan.temporary) && limit(RLIMIT_CPU, plan.cpu_seconds, 1) &&
                 limit(RLIMIT_NOFILE, kFiles) && limit(RLIMIT_SIGPENDING, kSignals);
  // Outside of a user namespace all of the user's processes count.
  if (in_user_namespace) are_set = limit(RLIMIT_NPROC, plan.processes) && are_set;
  for (const auto resource :
       {RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO})
    are_set = limit(resource, 0) && are_set;
  return are_set ? Reason() : failed("setrlimit");
}

Reason give_up_privileges() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                 SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
  constexpr int kMostCapabilities = 64;
  for (int capability = 0; capability < kMostCapabilities; ++capability)
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) return failed("capset");
  return {};
}

// What Landlock's rules let it read: in a root of its own all that was put there, but for the probe.
std::vector<std::string> readable_paths(const detail::SandboxPlan& plan, bool root_of_its_own) {
  std::vector<std::string> paths;
  if (!root_of_its_own) {
    paths = system_paths();
    paths.emplace_back("/proc");
    paths.insert(paths.end(), plan.readable.begin(), plan.readable.end());
    return paths;
  }
  DIR* const root = ::opendir("/");
  while (const dirent* entry = root ? ::readdir(root) : nullptr) {
    const std::string path = std::string("/") + entry->d_name;
    if (path != "/." && path != "/.." && path != kLandlockProbe && path != kOwnFolder)
      paths.push_back(path);
  }
  if (root) ::closedir(root);
  return paths;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

[[noreturn]] void refuse(const std::string& sentence) {
  tell({"error", sentence, ""});
  ::_exit(kCannotExec);
}

}  // namespace

void tell(const detail::SandboxReport& report) {
  const std::string text = encode(report);
  [[maybe_unused]] const ssize_t written =
      ::write(detail::kReportDescriptor, text.data(), text.size());
}

void become_command(const detail::SandboxPlan& plan, Walls walls, const Outside& outside) {
  const auto stands = [&](const char* wall) { return walls[wall].empty(); };
  const std::string own = stands("files") ? kOwnFolder : outside.own_folder();
  if (::chdir(own.c_str()) != 0) refuse(failed(own));
  const int nothing = ::open("/dev/null", O_RDONLY);
  struct stat status;
  if (nothing < 0 || ::fstat(nothing, &status) != 0 || !S_ISCHR(status.st_mode))
    refuse("/dev/null is no device");
  if (::dup2(nothing, 0) < 0) refuse(failed("/dev/null"));
  if (nothing != 0) ::close(nothing);
  ::close(detail::kPlanDescriptor);
  ::fcntl(detail::kReportDescriptor, F_SETFD, FD_CLOEXEC);
  ::syscall(SYS_close_range, detail::kReportDescriptor + 1, ~0u, 0);

  walls["limits"] = set_limits(plan, stands("user"));
  walls["privileges"] = give_up_privileges();
  std::vector<std::string> devices;
  for (const char* name : {"null", "zero", "full", "urandom"})
    devices.push_back("/dev/" + std::string(name));
  tell({"landlock", std::to_string(landlock_version()), ""});
  walls["landlock"] = restrict_files(readable_paths(plan, stands("files")), devices, own);
  walls["system_calls"] = restrict_system_calls({stands("files"), stands("processes")});
  try_walls(walls, outside, plan);

  bool is_whole = true;
  for (const auto& [name, reason] : walls) {
    tell({"wall", name, reason});
    is_whole = is_whole && reason.empty();
  }
  if (!is_whole && !plan.allow_weak) ::_exit(kCannotExec);

  std::vector<std::string> arguments = plan.command, variables = plan.variables;
  variables.push_back("HOME=" + own);
  variables.push_back("TMPDIR=" + own);
  const std::vector<char*> argv = pointers(arguments), envp = pointers(variables);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  tell({"started", "", ""});
  ::execve(argv[0], argv.data(), envp.data());
  refuse(failed(arguments[0]));
}

}  // namespace torchhub::python::sandbox
