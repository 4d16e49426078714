#include <torchhub/python/detail/pipe.h>
#include <torchhub/python/detail/run_program.h>
#include <torchhub/python/error.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace torchhub::python::detail {
int run_program(std::vector<std::string> command, const std::filesystem::path& folder, bool both,
                const std::function<void(std::string_view)>& on_output) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  Pipe pipe;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe.writing.number(), STDOUT_FILENO);
  if (both) ::posix_spawn_file_actions_adddup2(&actions, pipe.writing.number(), STDERR_FILENO);
  if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  pipe.writing = sandbox::Descriptor();
  if (error != 0)
    throw Error(errc::cannot_start, command[0] + " cannot be started: " + std::strerror(error));
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(pipe.reading.number(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    on_output({buffer, static_cast<std::size_t>(got)});
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace torchhub::python::detail
