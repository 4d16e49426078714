#include <torchhub/python/sandbox/text_file.h>
#include <torchhub/python/sandbox/watch.h>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <sstream>
#include <string>

namespace torchhub::python::sandbox {
namespace {

constexpr std::uint64_t kKilobyte = 1024;

// The fields of proc_pid_stat(5) behind the name, which may hold anything.
struct Stat {
  pid_t session = 0;
  std::uint64_t ticks = 0;
  std::uint64_t threads = 0;
};

Stat stat_of(int process) {
  const std::string text = read_text(process, "stat");
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == text.npos) return {};
  std::istringstream fields(text.substr(behind_name + 2));
  std::array<std::string, 18> field;  // from the third on: the state
  for (std::string& each : field) fields >> each;
  const auto number = [&](std::size_t index) {
    return static_cast<std::uint64_t>(std::strtoull(field[index - 3].c_str(), nullptr, 10));
  };
  // session; utime, stime, cutime, cstime; num_threads
  return {static_cast<pid_t>(number(6)), number(14) + number(15) + number(16) + number(17),
          number(20)};
}

template <class Visit>
void for_each_process(bool own_processes, pid_t leader, const Visit& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return;
  const std::string self = std::to_string(::getpid());
  while (const dirent* entry = ::readdir(proc.get())) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != name.npos || name == self) continue;
    const Descriptor process(
        ::openat(::dirfd(proc.get()), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!process) continue;
    const Stat stat = stat_of(process.number());
    if (own_processes || stat.session == leader) visit(process.number(), stat);
  }
}

}  // namespace

Usage usage_of_all(bool own_processes, pid_t leader) {
  Usage usage;
  std::uint64_t ticks = 0;
  for_each_process(own_processes, leader, [&](int process, const Stat& stat) {
    const std::string status = read_text(process, "status");
    usage.memory +=
        (number_after(status, "RssAnon:") + number_after(status, "RssShmem:")) * kKilobyte;
    usage.processes += stat.threads;
    ticks += stat.ticks;
  });
  rusage ended{};
  ::getrusage(RUSAGE_CHILDREN, &ended);
  usage.cpu_seconds = ticks / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)) +
                      static_cast<std::uint64_t>(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec);
  return usage;
}

std::uint64_t exact_memory_of_all(bool own_processes, pid_t leader, std::uint64_t otherwise) {
  std::uint64_t sum = 0;
  bool is_told = true;
  for_each_process(own_processes, leader, [&](int process, const Stat&) {
    const std::string rollup = read_text(process, "smaps_rollup");
    if (rollup.empty()) is_told = false;
    sum += (number_after(rollup, "Pss_Anon:") + number_after(rollup, "Pss_Shmem:")) * kKilobyte;
  });
  return is_told ? sum : otherwise;
}

}  // namespace torchhub::python::sandbox
