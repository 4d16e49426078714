#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace torchhub::tests {
namespace {

// Of the command, a sanitizer sees our part: what Python keeps at its end is no leak of ours, and how
// LibTorch's threads wait for each other it cannot tell.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& variables) {
  // Some tests preload a library of theirs.
  std::vector<std::string> environment = {"ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0",
                                          "TSAN_OPTIONS=ignore_noninstrumented_modules=1"};
  for (char** variable = environ; *variable; ++variable) {
    const std::string text = *variable;
    if (!variables.contains(text.substr(0, text.find('=')))) environment.push_back(text);
  }
  for (const auto& [name, value] : variables) environment.push_back(name + '=' + value);
  return environment;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int exit_status(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Outcome run(const std::vector<std::string>& command,
            const std::map<std::string, std::string>& variables) {
  const TempFolder folder;
  const std::string out = folder / "out";
  const std::string err = folder / "err";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::vector<std::string> environment = environment_with(variables);
  pid_t child = 0;
  const int failure = posix_spawn(&child, command[0].c_str(), &actions, nullptr,
                                  pointers_to(command).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + command[0]);
  const int status = exit_status(child);
  return {status, read_file(out), read_file(err)};
}

Outcome run_at_terminal(const std::vector<std::string>& command,
                        const std::map<std::string, std::string>& variables,
                        const std::string& prompt, const std::string& answer) {
  const std::vector<std::string> environment = environment_with(variables);
  const std::vector<char*> arguments = pointers_to(command);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) throw std::runtime_error("no terminal for " + command[0]);
  if (child == 0) {
    execve(arguments[0], arguments.data(), environment_pointers.data());
    _exit(127);
  }
  Outcome outcome;
  bool answered = false;
  std::array<char, 4096> piece;
  // read() fails once the program has ended, and its side of the terminal with it.
  for (ssize_t got = 0; (got = read(terminal, piece.data(), piece.size())) > 0;) {
    outcome.out.append(piece.data(), static_cast<std::size_t>(got));
    if (answered || outcome.out.find(prompt) == outcome.out.npos) continue;
    answered = true;
    const std::string line = answer + "\n";
    if (write(terminal, line.data(), line.size()) < 0) break;
  }
  close(terminal);
  outcome.status = exit_status(child);
  return outcome;
}

Process::Process(const std::vector<std::string>& command,
                 const std::map<std::string, std::string>& variables, const std::string& output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const std::vector<std::string> environment = environment_with(variables);
  const int failure = posix_spawn(&id_, command[0].c_str(), &actions, nullptr,
                                  pointers_to(command).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + command[0]);
}

Process::~Process() {
  if (!is_running()) return;
  send(SIGKILL);
  wait();
}

void Process::send(int signal) {
  if (!status_) ::kill(id_, signal);
}

bool Process::is_running() {
  int status = 0;
  if (!status_ && waitpid(id_, &status, WNOHANG) == id_)
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return !status_;
}

int Process::wait() {
  if (!status_) {
    int status = 0;
    rusage usage{};
    wait4(id_, &status, 0, &usage);
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    max_resident_bytes_ = static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
  }
  return *status_;
}

}  // namespace torchhub::tests
