#include <torchhub/python/sandbox/text_file.h>
#include <torchhub/python/sandbox/watch.h>

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace torchhub::python::sandbox {
namespace {

constexpr std::uint64_t kKilobyte = 1024;
// What the buffer of a socket of a pair may hold; it cannot be made larger in the sandbox.
constexpr std::uint64_t kSocketBuffer = 256 * kKilobyte;

struct Process {
  pid_t number = 0;
  pid_t parent = 0;
  std::uint64_t ticks = 0;
  std::uint64_t threads = 0;
};

std::string text_of(pid_t process, const char* name) {
  return read_text(AT_FDCWD, ("/proc/" + std::to_string(process) + '/' + name).c_str());
}

// The fields of proc_pid_stat(5) behind the name, which may hold anything.
Process process_of(pid_t process) {
  const std::string text = text_of(process, "stat");
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == text.npos) return {};
  std::istringstream fields(text.substr(behind_name + 2));
  std::array<std::string, 18> field;  // from the third on: the state
  for (std::string& each : field) fields >> each;
  const auto number = [&](std::size_t index) {
    return static_cast<std::uint64_t>(std::strtoull(field[index - 3].c_str(), nullptr, 10));
  };
  // ppid; utime, stime, cutime, cstime; num_threads
  return {process, static_cast<pid_t>(number(4)), number(14) + number(15) + number(16) + number(17),
          number(20)};
}

std::vector<Process> all_processes() {
  std::vector<Process> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    if (const Process process = process_of(std::atoi(name.c_str())); process.number != 0)
      found.push_back(process);
  }
  return found;
}

// Whether `self` is a forefather; numbers may be given anew while they are read, so that no circle may hold this up.
bool descends_from(pid_t process, pid_t self, const std::map<pid_t, pid_t>& parents) {
  for (std::size_t steps = 0; process != self && steps <= parents.size(); ++steps) {
    const auto parent = parents.find(process);
    if (parent == parents.end()) return false;
    process = parent->second;
  }
  return process == self;
}

std::vector<Process> processes_of(Whose whose) {
  if (whose == Whose::unknown) return {};
  std::vector<Process> all = all_processes();
  std::map<pid_t, pid_t> parents;
  for (const Process& process : all) parents[process.number] = process.parent;
  const pid_t self = ::getpid();
  const auto is_other = [&](const Process& process) {
    return process.number == self ||
           (whose == Whose::descendants && !descends_from(process.number, self, parents));
  };
  all.erase(std::remove_if(all.begin(), all.end(), is_other), all.end());
  return all;
}

// Of this network namespace, which is the sandbox's where /proc is.
std::uint64_t memory_of_sockets(Whose whose) {
  if (whose != Whose::own_namespace) return 0;
  const std::string table = read_text(AT_FDCWD, "/proc/net/unix");
  const auto lines = static_cast<std::uint64_t>(std::count(table.begin(), table.end(), '\n'));
  return lines > 1 ? (lines - 1) * kSocketBuffer : 0;
}

}  // namespace

Usage usage_of_all(Whose whose) {
  Usage usage;
  std::uint64_t ticks = 0;
  for (const Process& process : processes_of(whose)) {
    const std::string status = text_of(process.number, "status");
    usage.memory +=
        (number_after(status, "RssAnon:") + number_after(status, "RssShmem:")) * kKilobyte;
    usage.processes += process.threads;
    ticks += process.ticks;
  }
  usage.memory += memory_of_sockets(whose);
  rusage ended{};
  ::getrusage(RUSAGE_CHILDREN, &ended);
  usage.cpu_seconds = ticks / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)) +
                      static_cast<std::uint64_t>(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec);
  return usage;
}

std::uint64_t exact_memory_of_all(Whose whose, std::uint64_t otherwise) {
  std::uint64_t sum = memory_of_sockets(whose);
  for (const Process& process : processes_of(whose)) {
    const std::string rollup = text_of(process.number, "smaps_rollup");
    if (rollup.empty()) return otherwise;
    sum += (number_after(rollup, "Pss_Anon:") + number_after(rollup, "Pss_Shmem:")) * kKilobyte;
  }
  return sum;
}

void kill_all(Whose whose) {
  // In a process namespace, whose first process this is, that is the kernel's work.
  if (::getpid() == 1) {
    ::kill(-1, SIGKILL);
    return;
  }
  constexpr int kMostRounds = 100;
  for (int i = 0; i < kMostRounds; ++i) {
    bool is_any = false;
    for (const Process& process : processes_of(whose))
      is_any = ::kill(process.number, SIGKILL) == 0 || is_any;
    if (!is_any) return;
    constexpr useconds_t kMoment = 1000;
    ::usleep(kMoment);
  }
}

}  // namespace torchhub::python::sandbox
