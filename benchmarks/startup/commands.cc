// How long the command takes to start: whole processes, their wall time and their CPU time, beside
// /bin/true's; and a cached repository listed, beside Python's torch.hub.list and its bare interpreter. What
// matters is the ratio within one run.
//
//   bazel run --config=opt //benchmarks:startup

#include <torchhub/python/static_hubconf.h>

#include <benchmark/benchmark.h>
#include <torchhub_python_config.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
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

// A cache that holds acme/digits, which both are led to.
void prepare_cache() {
  static const bool is_made = [] {
    std::string home = "/tmp/torchhub-startup.XXXXXX";
    if (!mkdtemp(home.data())) return false;
    const std::filesystem::path repository = std::filesystem::path(home) / "hub/acme_digits_main";
    std::filesystem::create_directories(repository.parent_path());
    std::filesystem::copy("hub/examples/digits", repository,
                          std::filesystem::copy_options::recursive);
    return setenv("TORCH_HOME", home.c_str(), 1) == 0;
  }();
  static_cast<void>(is_made);
}

void BM_List(benchmark::State& state) {
  prepare_cache();
  run(state, {kTorchhub, "list", "acme/digits:main", "--offline", "--quiet"});
}
void BM_ListRun(benchmark::State& state) {
  static const std::string folder = [] {
    std::string made = "/tmp/torchhub-startup.XXXXXX";
    if (!mkdtemp(made.data())) return std::string();
    std::ofstream(made + "/hubconf.py") << "def net(): pass\n";
    return made;
  }();
  run(state, {kTorchhub, "list", folder, "--source", "local", "--run", "--quiet"});
}
void BM_PythonList(benchmark::State& state) {
  prepare_cache();
  run(state, {TORCHHUB_PYTHON_EXECUTABLE, "-I", "-c",
              "import torch; print(torch.hub.list('acme/digits:main', trust_repo=True, "
              "verbose=False))"});
}
void BM_BarePython(benchmark::State& state) {
  run(state, {TORCHHUB_PYTHON_EXECUTABLE, "-I", "-c", "pass"});
}

// Two hundred repositories in one process; the time is one's.
void BM_ReadHubconf(benchmark::State& state) {
  constexpr int kRepositories = 200;
  std::size_t found = 0;
  torchhub::python::StaticHubconf("hub/examples/digits");
  for (auto _ : state) {
    for (int i = 0; i < kRepositories; ++i)
      found += torchhub::python::StaticHubconf("hub/examples/digits").listing().entry_points.size();
  }
  benchmark::DoNotOptimize(found);
  state.SetItemsProcessed(state.iterations() * kRepositories);
}

BENCHMARK(BM_True)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Version)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_StateDict)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_List)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ListRun)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PythonList)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_BarePython)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadHubconf)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
