// How long the command takes to start: whole processes, their wall time and their CPU time, beside
// /bin/true's. What matters is the ratio within one run.
//
//   bazel run --config=opt //benchmarks:startup

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Starts `command`, its output thrown away, once an iteration; cpu_ms is user and system time of one run.
void run(benchmark::State& state, const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  double cpu = 0;
  for (auto _ : state) {
    pid_t child = 0;
    int status = 0;
    rusage usage;
    if (posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0 ||
        wait4(child, &status, 0, &usage) != child || status != 0) {
      state.SkipWithError(("cannot run " + command[0]).c_str());
      break;
    }
    cpu += seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  state.counters["cpu_ms"] = benchmark::Counter(cpu * 1e3, benchmark::Counter::kAvgIterations);
  posix_spawn_file_actions_destroy(&actions);
}

const std::string kTorchhub = "hub/cli/torchhub";

void BM_True(benchmark::State& state) { run(state, {"/bin/true"}); }
void BM_Version(benchmark::State& state) { run(state, {kTorchhub, "--version"}); }
void BM_StateDict(benchmark::State& state) {
  run(state, {kTorchhub, "state-dict", "hub/examples/digits_release/digit_reader-c0f7955a.pth"});
}

BENCHMARK(BM_True)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Version)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_StateDict)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
