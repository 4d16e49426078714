#include <torchhub/python/dependencies.h>
#include <torchhub/python/error.h>

#include <torchhub_python_config.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;

constexpr char kScript[] =
#include "python/dependencies.py.inc"
    ;

// Runs a program to its end; its stdout comes back, or goes to stderr. Its exit status.
int run(std::vector<std::string> command, std::string* output) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (output) {
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw Error(errc::cannot_start,
                  std::string("a pipe cannot be made: ") + std::strerror(errno));
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  } else {
    ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  }
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (output) ::close(ends[1]);
  if (error == 0 && output) {
    char buffer[4096];
    for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      output->append(buffer, static_cast<std::size_t>(got));
  }
  if (output) ::close(ends[0]);
  if (error != 0)
    throw Error(errc::cannot_start, command[0] + " cannot be started: " + std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string python_of(const fs::path& venv) {
  if (venv.empty()) return TORCHHUB_PYTHON_EXECUTABLE;
  if (!fs::exists(venv / "pyvenv.cfg") || !fs::exists(venv / "bin/python"))
    throw Error(errc::not_a_virtual_environment,
                venv.string() + " is no virtual environment (python3 -m venv makes one)");
  return venv / "bin/python";
}

}  // namespace

std::vector<Dependency> find_dependencies(const std::vector<std::string>& names,
                                          const fs::path& venv) {
  std::vector<std::string> command{python_of(venv), "-I", "-c", kScript};
  command.insert(command.end(), names.begin(), names.end());
  std::string output;
  if (const int status = run(command, &output); status != 0)
    throw Error(errc::cannot_start, command[0] + " failed with status " + std::to_string(status));
  std::vector<Dependency> found;
  std::istringstream lines(output);
  for (std::string name, module, version; lines >> name >> module >> version;) {
    found.push_back({name, module, std::nullopt});
    if (version != "-") found.back().version = version;
  }
  return found;
}

void install(const std::vector<std::string>& distributions, const fs::path& venv) {
  if (venv.empty())
    throw Error(errc::not_a_virtual_environment,
                "packages are installed into a virtual environment only, and none is named");
  std::vector<std::string> command{python_of(venv), "-m", "pip", "install", "--"};
  command.insert(command.end(), distributions.begin(), distributions.end());
  if (const int status = run(command, nullptr); status != 0)
    throw Error(errc::installation_failed, "pip ended with status " + std::to_string(status));
}

}  // namespace torchhub::python
