#ifndef TORCHHUB_HUB_CLI_VERBS_H_
#define TORCHHUB_HUB_CLI_VERBS_H_
// The verbs of torchhub, a row each. What its arguments are is in arguments.h, how they are typed in
// options.h, and what it does in its command's file, as the overload of run() for them.

#include <torchhub/hub/cli/arguments.h>

#include <tuple>
#include <type_traits>
#include <variant>

namespace torchhub::cli {

/// Which of the programs runs a verb; the native one turns into the others.
enum class Program {
  native,  ///< torchhub: neither LibTorch nor Python
  python,  ///< torchhub-python
  run,     ///< torchhub-run: LibTorch
  torch,   ///< torchhub-torch: both
};

/// What a verb's program takes from the Python environment that the user chose.
enum class UserPython {
  unused,
  if_it_fits,  ///< a verb that reads does without, but with --run
  needed,
  its_torch_alone,
};

template <class ArgumentsOfVerb, Program kProgram, UserPython kPython = UserPython::unused>
struct Verb {
  using Arguments = ArgumentsOfVerb;
  static constexpr Program program = kProgram;
  static constexpr UserPython python = kPython;

  const char* name;  ///< of two words for one below another: "cache list"
  const char* help;
};

template <class Arguments>
using Native = Verb<Arguments, Program::native>;
template <class Arguments>
using Reading = Verb<Arguments, Program::python, UserPython::if_it_fits>;
template <class Arguments>
using Loading = Verb<Arguments, Program::torch, UserPython::needed>;

// clang-format off
/// In the order in which --help has them.
inline constexpr std::tuple kVerbs{
    Reading<ListArguments>{"list", "List a repository's entry points"},
    Reading<HelpArguments>{"help", "Show what an entry point does"},
    Loading<LoadArguments>{"load", "Load a model and, with --run, run it"},
    Reading<DepsArguments>{"deps", "List the packages that a repository needs and what of them is installed"},
    Loading<ExportArguments>{"export", "Write a model as one file that runs without Python, for torchhub run and LibTorch"},
    Verb<RunArguments, Program::run, UserPython::its_torch_alone>{"run", "Run an exported model, without Python"},
    Verb<VenvArguments, Program::python>{"venv", "Make a virtual environment that fits: torchhub's Python and torch, and what repositories need"},
    Native<DownloadArguments>{"download", "Download a file"},
    Native<StateDictArguments>{"state-dict", "Show what a checkpoint holds, without running anything"},
    Native<ConvertArguments>{"convert", "Write a checkpoint as safetensors"},
    Native<ScanArguments>{"scan", "Tell what Python would import and call if it loaded a file, without loading it"},
    Native<CacheDirArguments>{"cache dir", "Print torch.hub's directory"},
    Native<CachePathArguments>{"cache path", "Print where a repository or a URL's file is kept"},
    Native<CacheListArguments>{"cache list", "List repositories and checkpoints"},
    Native<CacheVerifyArguments>{"cache verify", "Read everything and compare it with its digest"},
    Native<CachePruneArguments>{"cache prune", "Remove what was not used for the longest time"},
    Native<LockArguments>{"lock", "Pin URLs and repositories in hub.lock, or in the file that --lock names"},
    Native<CompletionArguments>{"completion", "Print a shell's completions: source <(torchhub completion bash)"},
    Native<ManArguments>{"man", "Print the manual page: torchhub man | man -l -"},
};
// clang-format on

/// Of<ListArguments, HelpArguments, ...>, a template over all verbs' arguments.
template <template <class...> class Of, class... Verbs>
Of<typename Verbs::Arguments...> of_arguments(const std::tuple<Verbs...>& verbs);

/// The arguments of one verb.
using AnyArguments = decltype(of_arguments<std::variant>(kVerbs));

/// Calls `visit` with the row of the verb whose arguments `any` holds, and with them.
template <class Visit>
void visit_verb(const AnyArguments& any, const Visit& visit) {
  const auto visit_if = [&](const auto& verb) {
    using Arguments = typename std::decay_t<decltype(verb)>::Arguments;
    if (const Arguments* arguments = std::get_if<Arguments>(&any)) visit(verb, *arguments);
  };
  std::apply([&](const auto&... verbs) { (visit_if(verbs), ...); }, kVerbs);
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_VERBS_H_
