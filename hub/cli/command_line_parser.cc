#include <torchhub/hub/cli/command_line_parser.h>
#include <torchhub/hub/cli/options/options.h>
#include <torchhub/hub/cli/options/shared.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/net/url.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace torchhub::cli {
namespace {

constexpr int kUsageError = 2;

// CLI11 takes a word in brackets for several values. With this before it, it is one; the character is
// taken off again before anybody sees the word.
constexpr char kGuard = '\x01';

// Where the value of --name=value begins, or the word itself.
std::size_t value_begin(std::string_view word) {
  return word.starts_with("--") ? word.find('=') + 1 : 0;
}

std::string guarded(std::string word) {
  const std::size_t begin = value_begin(word);
  const std::string_view value = std::string_view(word).substr(begin);
  if (value.starts_with(kGuard) || (value.starts_with('[') && value.ends_with(']')))
    word.insert(begin, 1, kGuard);
  return word;
}

std::string unguarded(std::string word) {
  const std::size_t begin = value_begin(word);
  if (std::string_view(word).substr(begin).starts_with(kGuard)) word.erase(begin, 1);
  return word;
}

// For every option of the verb, and of the verbs below it.
void take_guards_off(CLI::App& verb) {
  for (CLI::Option* option : verb.get_options())
    if (option->get_items_expected_max() > 0) option->transform(unguarded);
  for (CLI::App* below : verb.get_subcommands({})) take_guards_off(*below);
}

// All of the command line. Where it stands, it stays: the options write into it.
class Parser {
 public:
  Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  CLI::App app{
      "PyTorch's torch.hub for C++: list, describe, load and cache published models and weights.",
      "torchhub"};
  CommandLine line;

 private:
  template <class Verb>
  void add(const Verb& verb);
  CLI::App& subcommand(std::string_view name, const char* help);

  decltype(of_arguments<std::tuple>(kVerbs)) arguments_;
};

Parser::Parser() {
  app.set_version_flag("--version", "torchhub " TORCHHUB_VERSION, "Print the version");
  app.add_flag("--json", line.json, "Print one JSON document");
  app.add_flag("--quiet", line.quiet, "No progress and no messages, only errors");
  app.add_flag("!--no-progress", line.progress, "No bars and no lines of progress");
  app.add_flag("--offline", line.offline, "Use only what is in the cache");
  app.add_option("--lock", line.lock, "Hold URLs and repositories to what this file pins")
      ->check(refuse_standard_output)
      ->type_name("FILE");
  app.add_flag("--frozen", line.frozen, "Refuse what the lock file does not pin");
  app.require_subcommand(1);
  // What holds for all verbs may stand after them.
  app.fallthrough();
  std::apply([this](const auto&... verbs) { (add(verbs), ...); }, kVerbs);
  take_guards_off(app);
}

template <class Verb>
void Parser::add(const Verb& verb) {
  auto& arguments = std::get<typename Verb::Arguments>(arguments_);
  CLI::App& parser = subcommand(verb.name, verb.help);
  add_options(parser, arguments, line);
  parser.parse_complete_callback([this, &arguments] { line.verb = arguments; });
}

// Of two words, the second below the first.
CLI::App& Parser::subcommand(std::string_view name, const char* help) {
  const std::size_t space = name.find(' ');
  if (space == name.npos) return *app.add_subcommand(std::string(name), help);
  const std::string first(name.substr(0, space));
  const auto found =
      app.get_subcommands([&](const CLI::App* known) { return known->get_name() == first; });
  CLI::App& group = found.empty()
                        ? *app.add_subcommand(first, "Look after the cache")->require_subcommand(1)
                        : *found.front();
  return *group.add_subcommand(std::string(name.substr(space + 1)), help);
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription description;
  description.is_positional = option.get_positional();
  if (description.is_positional) {
    description.names = {option.get_name()};
  } else {
    for (const std::string& name : option.get_snames()) description.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) description.names.push_back("--" + name);
  }
  const bool is_flag = !description.is_positional && option.get_items_expected_max() == 0;
  if (!is_flag) description.value = option.get_type_name();
  description.help = option.get_description();
  // Where the type is {a,b}, CLI11 has put the choices there.
  const std::size_t open = description.value.find(":{");
  if (open != std::string::npos) {
    std::string choices = description.value.substr(open + 2);
    choices.resize(choices.find('}'));
    for (std::size_t at = 0; at <= choices.size();) {
      const std::size_t end = std::min(choices.find(',', at), choices.size());
      description.choices.push_back(choices.substr(at, end - at));
      at = end + 1;
    }
    description.value.resize(open);
  }
  return description;
}

VerbDescription describe(const CLI::App& app) {
  VerbDescription description{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options())
    description.options.push_back(describe(*option));
  for (const CLI::App* verb : app.get_subcommands({})) description.verbs.push_back(describe(*verb));
  return description;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv) {
  Parser parser;
  // The parser wants the last word first.
  std::vector<std::string> words;
  for (int i = argc - 1; i > 0; --i) words.push_back(guarded(argv[i]));
  try {
    parser.app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return parser.app.exit(error);
    std::string sentence = error.what();
    std::erase(sentence, kGuard);
    notes() << "torchhub: error: " << terminal_line(net::redact_urls(sentence))
            << " (torchhub --help tells what there is)\n";
    return kUsageError;
  }
  return std::move(parser.line);
}

VerbDescription describe_command_line() { return describe(Parser().app); }

}  // namespace torchhub::cli
