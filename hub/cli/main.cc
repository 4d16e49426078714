// torchhub: the native program. It links neither LibTorch nor Python; the verbs that need them are
// programs of their own that it turns into.

#include <torchhub/archive/truncation_guard.h>
#include <torchhub/hub/cli/cache_command.h>
#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/completion_command.h>
#include <torchhub/hub/cli/convert_command.h>
#include <torchhub/hub/cli/download_command.h>
#include <torchhub/hub/cli/loader_environment.h>
#include <torchhub/hub/cli/lock_command.h>
#include <torchhub/hub/cli/man_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/scan_command.h>
#include <torchhub/hub/cli/state_dict_command.h>
#include <torchhub/python/error.h>

namespace torchhub::cli {
namespace {

constexpr const char* name_of(Program program) {
  switch (program) {
    case Program::python:
      return "torchhub-python";
    case Program::run:
      return "torchhub-run";
    case Program::torch:
      return "torchhub-torch";
    case Program::native:
      break;
  }
  return "torchhub";
}

template <class Arguments>
bool runs_hubconf(const Arguments& arguments) {
  if constexpr (requires { arguments.discovery.run; }) return arguments.discovery.run;
  return false;
}

// Has the next program find what the verb takes from the user's environment.
template <class Verb, class Arguments>
void prepare_python(const Verb&, const Arguments& arguments, const CommandLine& line) {
  if constexpr (Verb::python == UserPython::needed) {
    load_from_environment(python_choice(line), Fit::python_and_torch);
  } else if constexpr (Verb::python == UserPython::its_torch_alone) {
    load_from_environment(python_choice(line), Fit::torch);
  } else if constexpr (Verb::python == UserPython::if_it_fits) {
    try {
      load_from_environment(python_choice(line), Fit::python_and_torch);
    } catch (const python::Error&) {
      // That program reads without it, and says so.
      if (runs_hubconf(arguments)) throw;
    }
  }
}

void run_or_turn_into(const CommandLine& line, char** argv) {
  visit_verb(line.verb, [&](const auto& verb, const auto& arguments) {
    using Verb = std::decay_t<decltype(verb)>;
    if constexpr (Verb::program == Program::native) {
      run(arguments, line);
    } else {
      prepare_python(verb, arguments, line);
      turn_into(name_of(Verb::program), argv);
    }
  });
}

}  // namespace
}  // namespace torchhub::cli

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  torchhub::archive::install_truncation_guard();
  return run_program(argc, argv, [&](const CommandLine& line) { run_or_turn_into(line, argv); });
}
