#include <torchhub/python/dependencies.h>
#include <torchhub/python/distribution_name.h>
#include <torchhub/python/error.h>

#include <torchhub_python_config.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;

constexpr char kScript[] =
#include "python/dependencies.py.inc"
    ;

struct Pipe {
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw Error(errc::cannot_start,
                  std::string("a pipe cannot be made: ") + std::strerror(errno));
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends[0]);
    close_writer();
  }

  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }

  int ends[2] = {-1, -1};
};

// Runs a program to its end, in `folder` where one is named; what it writes to stdout, and to stderr
// where `both` is set, goes to `on_output` as it comes. Its exit status.
int run(std::vector<std::string> command, const fs::path& folder, bool both,
        const std::function<void(std::string_view)>& on_output) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  Pipe pipe;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe.ends[1], STDOUT_FILENO);
  if (both) ::posix_spawn_file_actions_adddup2(&actions, pipe.ends[1], STDERR_FILENO);
  if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  pipe.close_writer();
  if (error != 0)
    throw Error(errc::cannot_start, command[0] + " cannot be started: " + std::strerror(error));
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(pipe.ends[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    on_output({buffer, static_cast<std::size_t>(got)});
  }
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

// Where pip finds the constraints, also by hand later.
fs::path write_constraints(const std::vector<std::string>& constraints, const fs::path& venv) {
  fs::path path = venv / "torchhub-constraints.txt";
  std::ofstream file(path);
  for (const std::string& constraint : constraints) file << constraint << '\n';
  if (!file.flush())
    throw Error(errc::installation_failed, path.string() + ": this file cannot be written");
  return path;
}

// Hands `on_line` each line of what comes in pieces.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}

  void add(std::string_view piece) {
    kept_ += piece;
    std::size_t begin = 0;
    for (std::size_t end; (end = kept_.find('\n', begin)) != kept_.npos; begin = end + 1)
      tell(std::string_view(kept_).substr(begin, end - begin));
    kept_.erase(0, begin);
  }
  void end() {
    if (!kept_.empty()) tell(kept_);
  }

 private:
  void tell(std::string_view line) {
    if (on_line_) on_line_(line);
  }

  const std::function<void(std::string_view)>& on_line_;
  std::string kept_;
};

}  // namespace

std::vector<Dependency> find_dependencies(const std::vector<std::string>& names,
                                          const fs::path& venv) {
  std::vector<std::string> command{python_of(venv), "-I", "-c", kScript};
  std::copy_if(names.begin(), names.end(), std::back_inserter(command), is_distribution_name);
  std::string output;
  const int status = run(command, {}, false, [&](std::string_view piece) { output.append(piece); });
  if (status != 0)
    throw Error(errc::cannot_start, command[0] + " failed with status " + std::to_string(status));
  std::vector<Dependency> found;
  std::istringstream lines(output);
  for (const std::string& asked : names) {
    Dependency needed{asked, asked, std::nullopt};
    std::string version;
    if (is_distribution_name(asked) && lines >> needed.name >> needed.import_name >> version &&
        version != "-")
      needed.version = version;
    found.push_back(std::move(needed));
  }
  return found;
}

void install(const std::vector<std::string>& distributions, const fs::path& venv,
             const std::vector<std::string>& constraints,
             const std::function<void(std::string_view)>& on_line) {
  for (const std::string& name : distributions) {
    if (!is_distribution_name(name))
      throw Error(errc::bad_distribution_name,
                  "\"" + name + "\" is not the name of a Python package; nothing was installed");
  }
  if (venv.empty())
    throw Error(errc::not_a_virtual_environment,
                "packages are installed into a virtual environment only, and none is named");
  const fs::path folder = fs::absolute(venv);
  std::vector<std::string> command{python_of(folder), "-m", "pip", "install"};
  if (!constraints.empty())
    command.insert(command.end(), {"--constraint", write_constraints(constraints, folder)});
  command.emplace_back("--");
  command.insert(command.end(), distributions.begin(), distributions.end());
  Lines lines(on_line);
  // In a folder where no pip.py or archive lies that Python or pip would take first.
  const int status = run(command, folder, true, [&](std::string_view piece) { lines.add(piece); });
  lines.end();
  if (status != 0)
    throw Error(errc::installation_failed, "pip ended with status " + std::to_string(status));
}

}  // namespace torchhub::python
