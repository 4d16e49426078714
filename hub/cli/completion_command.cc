#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/cli/command_line_parser.h>
#include <torchhub/hub/cli/completion_command.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

namespace torchhub::cli {
namespace {

// Whether one of the verb's arguments is of that kind: REPO, ENTRY.
bool takes(const VerbDescription& verb, std::string_view kind) {
  return std::any_of(verb.options.begin(), verb.options.end(),
                     [&](const OptionDescription& option) {
                       return option.is_positional && option.value == kind;
                     });
}

std::string joined(const std::vector<std::string>& words, std::string_view separator = " ") {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::vector<std::string> names_of(const std::vector<VerbDescription>& verbs) {
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const VerbDescription& verb : verbs) names.push_back(verb.name);
  return names;
}

std::vector<std::string> option_words(const VerbDescription& verb) {
  std::vector<std::string> words;
  for (const OptionDescription& option : verb.options) {
    if (!option.is_positional) words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

// Text inside single quotes, for a shell.
std::string shell_word(std::string_view text) {
  std::string quotes = "'";
  for (const char c : text) quotes += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quotes + "'";
}

// What comes after a verb: "list)" and the words for it, as a shell's case.
std::string cases(const VerbDescription& torchhub) {
  std::string text;
  const std::string common = joined(option_words(torchhub));
  for (const VerbDescription& verb : torchhub.verbs) {
    text +=
        "    " + verb.name + ") options=" + shell_word(joined(option_words(verb)) + ' ' + common);
    if (takes(verb, "REPO")) text += " kind=repository";
    if (takes(verb, "ENTRY")) text += " kind=entry";
    std::string words = joined(names_of(verb.verbs));
    for (const OptionDescription& option : verb.options) {
      if (option.is_positional && !option.choices.empty()) words = joined(option.choices);
    }
    if (!words.empty()) text += " choices=" + shell_word(words);
    text += " ;;\n";
  }
  return text;
}

// The options that take a value, which is no word of its own, as a shell's pattern.
std::string value_options(const VerbDescription& torchhub) {
  std::vector<std::string> names;
  const auto add = [&](const VerbDescription& verb, const auto& again) -> void {
    for (const OptionDescription& option : verb.options) {
      if (!option.is_positional && !option.value.empty())
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    for (const VerbDescription& inner : verb.verbs) again(inner, again);
  };
  add(torchhub, add);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return joined(names, "|");
}

// bash and zsh share this: the words that may stand after those that are given, `current` being typed.
std::string shared_functions(const VerbDescription& torchhub) {
  return R"sh(_torchhub_words() {
  local options= kind= choices= verb= skip= word
  local -a places
  places=()
  for word in "$@"; do
    if [[ -n $skip ]]; then skip=; continue; fi
    case $word in
      )sh" +
         value_options(torchhub) +
         R"sh() skip=1 ;;
      -*) ;;
      *) if [[ -z $verb ]]; then verb=$word; else places+=("$word"); fi ;;
    esac
  done
  [[ -n $skip ]] && return
  case $verb in
    '') options=)sh" +
         shell_word(joined(option_words(torchhub))) +
         " choices=" + shell_word(joined(names_of(torchhub.verbs))) + " ;;\n" + cases(torchhub) +
         R"sh(  esac
  if [[ $current == -* ]]; then
    printf '%s\n' "$options" | tr ' ' '\n'
  elif [[ -n $choices && ${#places[@]} -eq 0 ]]; then
    printf '%s\n' "$choices" | tr ' ' '\n'
  elif [[ -n $kind && ${#places[@]} -eq 0 ]]; then
    torchhub completion repositories 2>/dev/null
  elif [[ $kind == entry && ${#places[@]} -eq 1 ]]; then
    torchhub list "${places[@]}" --offline --quiet 2>/dev/null | sed 's/[( ].*//'
  fi
}
)sh";
}

std::string bash_script(const VerbDescription& torchhub) {
  return "# torchhub's completions for bash: source <(torchhub completion bash)\n" +
         shared_functions(torchhub) + R"sh(_torchhub() {
  # Not COMP_WORDS: bash takes the colon of OWNER/NAME:REF for a word's end.
  local line=${COMP_LINE:0:COMP_POINT} current= prefix
  local -a words
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  current=${words[${#words[@]}-1]}
  mapfile -t COMPREPLY < <(compgen -W "$(_torchhub_words "${words[@]:1:${#words[@]}-2}")" -- "$current")
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    prefix=${current%"${current##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -o default -F _torchhub torchhub
)sh";
}

std::string zsh_script(const VerbDescription& torchhub) {
  return "#compdef torchhub\n# torchhub's completions for zsh: source <(torchhub completion "
         "zsh)\n" +
         shared_functions(torchhub) +
         R"sh(_torchhub() {
  local current=${words[CURRENT]}
  local -a found
  found=(${(f)"$(_torchhub_words "${(@)words[2,CURRENT-1]}")"})
  if (( ${#found} )); then compadd -- "${found[@]}"; else _files; fi
}
if (( $+functions[compdef] )); then compdef _torchhub torchhub; fi
)sh";
}

std::string fish_options(const VerbDescription& verb, const std::string& condition) {
  std::string text;
  for (const OptionDescription& option : verb.options) {
    if (option.is_positional) {
      if (!option.choices.empty())
        text += "complete -c torchhub -f -n " + shell_word(condition) + " -a " +
                shell_word(joined(option.choices)) + '\n';
      continue;
    }
    text += "complete -c torchhub" + (condition.empty() ? "" : " -n " + shell_word(condition));
    for (const std::string& name : option.names)
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.value.empty()) text += " -r";
    if (!option.choices.empty()) text += " -f -a " + shell_word(joined(option.choices));
    text += " -d " + shell_word(option.help) + '\n';
  }
  return text;
}

std::string fish_script(const VerbDescription& torchhub) {
  std::string text =
      "# torchhub's completions for fish: torchhub completion fish | source\n"
      "function __torchhub_places\n"
      "  set -l places (string match -v -- '-*' (commandline -opc))\n"
      "  test (count $places) -eq $argv[1]\n"
      "end\n"
      "function __torchhub_entries\n"
      "  set -l places (string match -v -- '-*' (commandline -opc))\n"
      "  torchhub list $places[3] --offline --quiet 2>/dev/null | string replace -r '[( ].*' ''\n"
      "end\n" +
      fish_options(torchhub, "");
  for (const VerbDescription& verb : torchhub.verbs) {
    const std::string seen = "__fish_seen_subcommand_from " + verb.name;
    text += "complete -c torchhub -f -n __fish_use_subcommand -a " + verb.name + " -d " +
            shell_word(verb.help) + '\n' + fish_options(verb, seen);
    for (const VerbDescription& inner : verb.verbs)
      text += "complete -c torchhub -f -n " + shell_word(seen + "; and __torchhub_places 2") +
              " -a " + inner.name + " -d " + shell_word(inner.help) + '\n';
    if (takes(verb, "REPO"))
      text += "complete -c torchhub -f -n " + shell_word(seen + "; and __torchhub_places 2") +
              " -a '(torchhub completion repositories 2>/dev/null)'\n";
    if (takes(verb, "ENTRY"))
      text += "complete -c torchhub -f -n " + shell_word(seen + "; and __torchhub_places 3") +
              " -a '(__torchhub_entries)'\n";
  }
  return text;
}

// Whether a shell takes `text`, typed as it is, for that word and nothing else: a ref may hold $, ` and ;.
bool is_one_word(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' ||
           std::string_view("$`\"'\\;&|<>(){}[]*?!").find(c) != std::string_view::npos;
  });
}

void print_repositories() {
  const cache::TorchPaths paths = cache::TorchPaths::from_environment();
  std::error_code absent;
  for (const cache::RepositoryKey& key : cache::recorded_repositories(paths)) {
    const bool is_there = std::filesystem::exists(paths.repository(key), absent) ||
                          std::filesystem::exists(paths.untrusted_repository(key), absent);
    const std::string repository = key.owner + '/' + key.name + ':' + key.ref;
    const TerminalText shown = terminal_line(repository);
    if (is_there && is_one_word(repository) && shown.str() == repository)
      results() << shown << "\n";
  }
}

}  // namespace

void run(const CompletionArguments& arguments, const CommandLine&) {
  switch (arguments.shell) {
    case Shell::bash:
      results() << terminal_text(bash_script(describe_command_line()));
      break;
    case Shell::zsh:
      results() << terminal_text(zsh_script(describe_command_line()));
      break;
    case Shell::fish:
      results() << terminal_text(fish_script(describe_command_line()));
      break;
    case Shell::repositories:
      print_repositories();
      break;
  }
}

}  // namespace torchhub::cli
