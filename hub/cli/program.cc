#include <torchhub/hub/cli/command_line_parser.h>
#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/url.h>
#include <torchhub/python/error.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <string>

namespace torchhub::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kInterrupted = 130;

// A message from Python or LibTorch may have several lines; a failure is reported on one.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_break = c == '\n' || c == '\r';
    if (!is_break) {
      line += c;
    } else if (!line.ends_with(' ')) {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

bool ask(std::string_view question) {
  notes() << terminal_line(question) << " ";
  notes().flush();
  std::string answer;
  std::getline(std::cin, answer);
  std::transform(answer.begin(), answer.end(), answer.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (answer == "y" || answer == "yes") return true;
  if (answer == "n" || answer == "no" || answer.empty()) return false;
  throw Error(errc::untrusted, "Unrecognized response " + answer + ".");
}

// Messages, questions and what else the user chose.
void apply_choices(Context& context, const CommandLine& line) {
  if (line.offline) context.offline(true);
  if (!line.python.empty()) context.python(line.python);
  if (!line.quiet)
    context.on_message(
        [](std::string_view text) { notes() << terminal_line(net::redact_urls(text)) << "\n"; });
  if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) context.on_question(ask);
}

// The front of the command has the dynamic loader find an environment's libraries in this process; what this one starts
// gets the variables that the user had.
void restore_loader_variables() {
  for (const std::string name : {"LD_LIBRARY_PATH", "LD_PRELOAD"}) {
    const char* before = std::getenv((kCallersVariable + name).c_str());
    if (!before) continue;
    if (*before) {
      setenv(name.c_str(), before, 1);
    } else {
      unsetenv(name.c_str());
    }
    unsetenv((kCallersVariable + name).c_str());
  }
}

}  // namespace

int run_program(int argc, char** argv, const std::function<void(const CommandLine&)>& run) {
  // As Python does: a file that grows beyond `ulimit -f` is an error that is told (EFBIG), not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  restore_loader_variables();
  tell_interruptions();
  std::string failure;
  int status = kFailed;
  bool shows_traceback = false;
  try {
    const std::variant<CommandLine, int> parsed = parse_command_line(argc, argv);
    if (const int* answered = std::get_if<int>(&parsed)) return *answered;
    shows_traceback = std::get<CommandLine>(parsed).traceback;
    run(std::get<CommandLine>(parsed));
    std::cout.flush();
    if (std::cout) return 0;
    failure = "the output cannot be written";
  } catch (const UsageError&) {
    failure = sentence_of(std::current_exception()) + " (torchhub --help tells what there is)";
    status = kUsage;
  } catch (const Interrupted&) {
    failure = sentence_of(std::current_exception());
    status = kInterrupted;
  } catch (const python::PythonException& raised) {
    failure = sentence_of(std::current_exception());
    if (shows_traceback) notes() << terminal_text(net::redact_urls(raised.traceback()));
  } catch (...) {
    failure = sentence_of(std::current_exception());
  }
  std::cout.flush();
  notes() << "torchhub: error: " << terminal_line(on_one_line(failure)) << "\n";
  notes().flush();
  return status;
}

std::string sentence_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    return "there is not enough memory for this";
  } catch (const std::exception& error) {
    return net::redact_urls(error.what());
  }
}

Context make_context(const CommandLine& line) {
  const bool names_lock = !line.lock.empty();
  Context context = names_lock ? Context::from_environment_unpinned() : Context::from_environment();
  if (names_lock) context.lock_file(read_lock_file(line.lock));
  if (line.frozen) {
    if (!context.lock_file()) throw UsageError("--frozen needs --lock or TORCHHUB_LOCK");
    context.lock_file(LockFile(*context.lock_file()), true);
  }
  apply_choices(context, line);
  return context;
}

Context make_unpinned_context(const CommandLine& line) {
  Context context = Context::from_environment_unpinned();
  apply_choices(context, line);
  return context;
}

void turn_into(const char* name, char** argv) {
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
  execv(program.c_str(), argv);
  const boost::system::error_code code(errno, boost::system::system_category());
  throw Error(code,
              program.string() + ", which this verb needs, cannot be started: " + code.message());
}

}  // namespace torchhub::cli
