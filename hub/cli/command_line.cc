#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/net/url.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace torchhub::cli {
namespace {

constexpr int kUsageError = 2;

const std::map<std::string, std::uint64_t> kSeconds = {
    {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};

// For a file that only its name is written to: "-" would be taken for the standard output.
std::string refuse_standard_output(const std::string& path) {
  if (path != "-") return "";
  return "- is the standard output for download and convert alone; ./- is a file of that name";
}

void add_deadline(CLI::App& verb, std::uint64_t& seconds, const char* description) {
  verb.add_option("--deadline", seconds, description)
      ->transform(CLI::AsNumberWithUnit(kSeconds, CLI::AsNumberWithUnit::DEFAULT, "TIME"))
      ->type_name("TIME");
}

void add_fetch(CLI::App& verb, FetchArguments& arguments) {
  verb.add_option("--header", arguments.headers,
                  "Send this to the URL's own server; @FILE names a file with one on each line, @- "
                  "is standard input: what stands there, the list of processes does not show")
      ->type_name("NAME: VALUE|@FILE")
      ->expected(1)
      ->take_all();
  verb.add_option("--max-size", arguments.max_size,
                  "Refuse a file of more bytes; 500M and 10G are understood")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  add_deadline(verb, arguments.deadline,
               "End a download that takes longer, in seconds or as 10m or 2h; what came is kept");
}

void add_repository(CLI::App& verb, RepositoryArguments& arguments) {
  verb.add_option("repo", arguments.repo,
                  "OWNER/NAME or OWNER/NAME:REF; with --source local, a folder")
      ->required()
      ->type_name("REPO");
  verb.add_option("--source", arguments.source, "What REPO names: github (the default) or local")
      ->type_name("SOURCE");
  verb.add_flag("--force-reload", arguments.force_reload,
                "Fetch the repository anew although it is in the cache");
  verb.add_flag("--skip-validation", arguments.skip_validation,
                "Do not ask whether the ref belongs to the repository");
  verb.add_flag(
          "--trust-repo{yes}", arguments.trust_repo,
          "Let the repository's code run, now and later; =no refuses what is not trusted, =check "
          "asks then (the default), =prompt asks always")
      ->check(CLI::IsMember({"yes", "no", "check", "prompt"}));
  verb.add_option("--max-size", arguments.max_size,
                  "Refuse an archive of more bytes, 2G where this is not given; 0 for no limit")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  add_deadline(verb, arguments.deadline,
               "Give up where fetching the repository takes longer, in seconds or as 10m or 2h");
}

void add_entry_call(CLI::App& verb, EntryCall& call) {
  add_repository(verb, call.repository);
  verb.add_option("entry", call.entry, "The entry point")->required()->type_name("ENTRY");
  verb.add_option("arguments", call.arguments,
                  "Arguments for the entry point: JSON values, else strings; after -- also those "
                  "that look like options")
      ->type_name("ARG|KEY=VALUE");
  verb.add_option("--select", call.select,
                  "Take this part of what the entry point returns: an index, a key or an "
                  "attribute; again for a part of the part")
      ->type_name("KEY")
      ->expected(1)
      ->take_all();
  verb.add_flag(
      "--unsafe-checkpoints", call.unsafe_checkpoints,
      "Let the repository's torch.load and its like read files that run code of their own");
}

void add_force(CLI::App& verb, bool& force) {
  verb.add_flag("--force", force, "Replace a file that is read-only");
}

CLI::Option& add_weak_sandbox(CLI::App& verb, bool& allow) {
  return *verb.add_flag("--allow-weak-sandbox", allow,
                        "Run it although this machine lacks a wall of the sandbox; what is open is "
                        "said");
}

void add_python(CLI::App& verb, std::string& python) {
  verb.add_option(
          "--python", python,
          "Use this environment's packages, Python and LibTorch: a virtual environment's or "
          "conda's folder, or an interpreter; else TORCHHUB_VENV, VIRTUAL_ENV or the build's")
      ->type_name("VENV|INTERPRETER")
      ->check([](const std::string& path) {
        return std::string(path.empty() ? "wants a folder or an interpreter, and has nothing" : "");
      });
}

void add_traceback(CLI::App& verb, bool& traceback) {
  verb.add_flag("--traceback", traceback,
                "Show where an exception came from, in the repository's files");
}

void add_discovery(CLI::App& verb, DiscoveryArguments& arguments) {
  CLI::Option& runs = *verb.add_flag("--run", arguments.run,
                                     "Run hubconf.py, in a sandboxed process, instead of reading "
                                     "it; the repository must be trusted");
  const std::string help = "Read hubconf.py without running it (the default)";
  verb.add_flag("--static", help)->excludes(&runs);
  add_weak_sandbox(verb, arguments.allow_weak_sandbox).needs(&runs);
}

CLI::App& add_list(CLI::App& app, ListArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("list", "List a repository's entry points");
  add_repository(verb, arguments.repository);
  add_discovery(verb, arguments.discovery);
  return verb;
}

CLI::App& add_help(CLI::App& app, HelpArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("help", "Show what an entry point does");
  add_repository(verb, arguments.repository);
  verb.add_option("entry", arguments.entry, "The entry point")->required()->type_name("ENTRY");
  add_discovery(verb, arguments.discovery);
  return verb;
}

CLI::App& add_load(CLI::App& app, LoadArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("load", "Load a model and, with --run, run it");
  add_entry_call(verb, arguments.call);
  CLI::Option& sandbox = *verb.add_flag("--sandbox", arguments.sandbox,
                                        "In processes of its own: no network, no files but the "
                                        "repository's, Python's and the cache's, no credentials");
  add_weak_sandbox(verb, arguments.allow_weak_sandbox).needs(&sandbox);
  verb.add_option("--run", arguments.input,
                  "Call the model with the tensors in this file, a list's, or a dict's by names: "
                  "eval(), and without gradients")
      ->type_name("INPUT.pt");
  verb.add_flag("--train", arguments.train,
                "With --run, leave the model in the mode in which it came, and gradients on");
  verb.add_option("--script", arguments.script, "Write the model as TorchScript")
      ->check(refuse_standard_output)
      ->type_name("OUT.pt");
  add_force(verb, arguments.force);
  return verb;
}

CLI::App& add_deps(CLI::App& app, DepsArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "deps", "List the packages that a repository needs and what of them is installed");
  add_repository(verb, arguments.repository);
  verb.add_flag("--imports", arguments.imports,
                "Also what it imports and does not declare, where, and whether it may do without");
  verb.add_flag("--install", arguments.install,
                "Have pip put what is missing, declared or imported, into the environment in use, "
                "after asking");
  verb.add_flag("--yes", arguments.yes, "Do not ask");
  return verb;
}

CLI::App& add_venv(CLI::App& app, VenvArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "venv",
      "Make a virtual environment that fits: torchhub's Python and torch, and what repositories "
      "need");
  verb.add_option("folder", arguments.folder,
                  "Where to make it; one that is there already gets what it lacks")
      ->required()
      ->check(refuse_standard_output)
      ->type_name("DIR");
  verb.add_option("repos", arguments.repos, "Repositories whose dependencies and imports it gets")
      ->type_name("REPO");
  verb.add_option("--source", arguments.source, "What REPO names: github (the default) or local")
      ->type_name("SOURCE");
  verb.add_option("--requirements", arguments.requirements,
                  "Install what the torchhub-requirements.txt of another environment names, by its "
                  "hashes")
      ->type_name("FILE");
  return verb;
}

CLI::App& add_export(CLI::App& app, ExportArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "export",
      "Write a model as one file that runs without Python, for torchhub run and LibTorch");
  add_entry_call(verb, arguments.call);
  verb.add_option(
          "--input", arguments.inputs,
          "What an input looks like, as 1x3x224x224:float32; once for each, in order. A size "
          "that may be another in each call is a question mark: ?x3x224x224:float32")
      ->type_name("SHAPE:DTYPE")
      ->required()
      ->expected(1)
      ->take_all();
  verb.add_option("--output", arguments.output, "The file to write")
      ->required()
      ->check(refuse_standard_output)
      ->type_name("FILE");
  verb.add_option("--format", arguments.format,
                  "aot_inductor (machine code; the default where LibTorch has it) or torchscript")
      ->check(CLI::IsMember({"aot_inductor", "torchscript"}))
      ->type_name("FORMAT");
  verb.add_flag("--script", arguments.script,
                "TorchScript by the model's source instead of by a trace of one call");
  add_force(verb, arguments.force);
  return verb;
}

CLI::App& add_run(CLI::App& app, RunArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("run", "Run an exported model, without Python");
  verb.add_option("model", arguments.model, "A file of torchhub export, or TorchScript")
      ->required()
      ->type_name("FILE");
  verb.add_option("input", arguments.input,
                  "A file with the tensors to call it with: a list's, or a dict's by names")
      ->required()
      ->type_name("INPUT.pt");
  verb.add_option("--output", arguments.output, "Write the tensors that come back to this file")
      ->check(refuse_standard_output)
      ->type_name("OUT.pt");
  add_force(verb, arguments.force);
  return verb;
}

CLI::App& add_completion(CLI::App& app, CompletionArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "completion", "Print a shell's completions: source <(torchhub completion bash)");
  verb.add_option("shell", arguments.shell,
                  "bash, zsh or fish; repositories lists what they ask for: those in the cache")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "repositories"}))
      ->type_name("SHELL");
  return verb;
}

CLI::App& add_download(CLI::App& app, DownloadArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("download", "Download a file");
  verb.add_option("places", arguments.places,
                  "Where from and, for one URL, where to; - is the standard output")
      ->required()
      ->type_name("URL... [DST]");
  verb.add_option("--output-dir", arguments.output_dir,
                  "Put each file into this folder, under the URL's last name")
      ->check(refuse_standard_output)
      ->type_name("DIR");
  verb.add_option("--sha256", arguments.sha256,
                  "The file's SHA-256, or how it begins; once for each URL")
      ->type_name("PREFIX")
      ->expected(1)
      ->take_all();
  verb.add_option("--connections", arguments.connections, "At most so many at once for a file")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  verb.add_option("--limit-rate", arguments.limit_rate,
                  "Bytes per second for all files together; 500K and 10M are understood")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("RATE");
  verb.add_flag("--resume,!--no-resume", arguments.resume,
                "Go on with what an interrupted download left (the default), or do not");
  add_fetch(verb, arguments.fetch);
  verb.add_option("--mirror", arguments.mirrors, "Another URL of the same file")
      ->type_name("URL")
      ->expected(1)
      ->take_all();
  verb.add_flag("!--no-sync", arguments.sync,
                "Do not flush the file to the disk: it could be lost in a power cut");
  add_force(verb, arguments.force);
  return verb;
}

CLI::App& add_state_dict(CLI::App& app, StateDictArguments& arguments) {
  CLI::App& verb =
      *app.add_subcommand("state-dict", "Show what a checkpoint holds, without running anything");
  verb.add_option("source", arguments.source, "A file, or a URL to fetch into the cache")
      ->type_name("URL|FILE");
  verb.add_option("--diff", arguments.diff, "Tell instead what differs between two checkpoints")
      ->type_name("A B")
      ->expected(2);
  verb.add_option("--name", arguments.name, "Only tensors whose names match, such as 'layer1.*'")
      ->type_name("GLOB");
  verb.add_flag("--digest", arguments.digest, "The SHA-256 of each tensor's elements, too");
  verb.add_flag("--check-hash", arguments.check_hash,
                "Check a download against the hash in its name");
  add_fetch(verb, arguments.fetch);
  verb.add_flag("--lenient", arguments.lenient,
                "Read files that hold whole Python objects; what is unknown is named and not made");
  // One of the two.
  verb.callback([&] {
    if (arguments.source.empty() == arguments.diff.empty())
      throw CLI::ValidationError("state-dict needs a URL or FILE, or --diff A B");
  });
  return verb;
}

CLI::App& add_convert(CLI::App& app, ConvertArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("convert", "Write a checkpoint as safetensors");
  verb.add_option("input", arguments.input, "A file, or a URL to fetch into the cache")
      ->required()
      ->type_name("IN");
  verb.add_option("output", arguments.output, "The file to write; - is the standard output")
      ->required()
      ->type_name("OUT.safetensors");
  add_force(verb, arguments.force);
  add_fetch(verb, arguments.fetch);
  return verb;
}

CLI::App& add_scan(CLI::App& app, ScanArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "scan", "Tell what Python would import and call if it loaded a file, without loading it");
  verb.add_option("files", arguments.files,
                  "Checkpoints and other pickles; indexes of shards, folders of such files")
      ->required()
      ->type_name("FILE|FOLDER...");
  return verb;
}

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

struct CacheVerbs {
  CLI::App* dir;
  CLI::App* path;
  CLI::App* list;
  CLI::App* verify;
  CLI::App* prune;
};

CacheVerbs add_cache(CLI::App& app, CachePathArguments& path, CacheVerifyArguments& verify,
                     CachePruneArguments& prune) {
  CLI::App& verb = *app.add_subcommand("cache", "Look after the cache");
  verb.require_subcommand(1);
  CacheVerbs verbs;
  verbs.dir = verb.add_subcommand("dir", "Print torch.hub's directory");
  verbs.path = verb.add_subcommand("path", "Print where a repository or a URL's file is kept");
  verbs.path->add_option("object", path.object)->required()->type_name("REPO|URL");
  verbs.list = verb.add_subcommand("list", "List repositories and checkpoints");
  verbs.verify = verb.add_subcommand("verify", "Read everything and compare it with its digest");
  verbs.verify->add_flag("--quarantine", verify.quarantine, "Move away what is damaged");
  verbs.prune = verb.add_subcommand("prune", "Remove what was not used for the longest time");
  verbs.prune
      ->add_option("--max-size", prune.max_size, "Keep so many bytes; 500M and 10G are understood")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  verbs.prune
      ->add_option("--older-than", prune.older_than,
                   "Remove what was not used for so long, as 12h or 30d")
      ->transform(CLI::AsNumberWithUnit(kSeconds, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->type_name("TIME");
  verbs.prune->add_flag("--dry-run", prune.dry_run, "Only tell what would be removed");
  return verbs;
}

CLI::App& add_lock(CLI::App& app, LockArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "lock", "Pin URLs and repositories in hub.lock, or in the file that --lock names");
  verb.add_option("names", arguments.names, "What to pin; with --update, all if none is named")
      ->type_name("REPO|URL...");
  verb.add_flag("--update", arguments.update, "Move pins that are there already");
  add_force(verb, arguments.force);
  return verb;
}

// All of the command line. Where it stands, it stays: the options write into it.
struct Parser {
  Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  CLI::App app{
      "PyTorch's torch.hub for C++: list, describe, load and cache published models and weights.",
      "torchhub"};
  CommandLine line;

 private:
  // Makes `arguments` the line's verb once `verb` was given. Returns `verb`.
  template <class Arguments>
  CLI::App& choose(CLI::App& verb, const Arguments& arguments) {
    verb.parse_complete_callback([this, &arguments] { line.verb = arguments; });
    return verb;
  }

  ListArguments list;
  HelpArguments help;
  LoadArguments load;
  DepsArguments deps;
  VenvArguments venv;
  ExportArguments exported;
  RunArguments run;
  DownloadArguments download;
  StateDictArguments state_dict;
  ConvertArguments convert;
  ScanArguments scan;
  CacheDirArguments cache_dir;
  CachePathArguments cache_path;
  CacheListArguments cache_list;
  CacheVerifyArguments cache_verify;
  CachePruneArguments cache_prune;
  LockArguments lock;
  CompletionArguments completion;
  ManArguments man;
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
  for (CLI::App* verb : {&choose(add_list(app, list), list), &choose(add_help(app, help), help),
                         &choose(add_load(app, load), load)})
    add_traceback(*verb, line.traceback);
  choose(add_deps(app, deps), deps);
  add_traceback(choose(add_export(app, exported), exported), line.traceback);
  choose(add_run(app, run), run);
  for (CLI::App* verb : app.get_subcommands({})) add_python(*verb, line.python);
  choose(add_venv(app, venv), venv);
  choose(add_download(app, download), download);
  choose(add_state_dict(app, state_dict), state_dict);
  choose(add_convert(app, convert), convert);
  choose(add_scan(app, scan), scan);
  const CacheVerbs cache = add_cache(app, cache_path, cache_verify, cache_prune);
  choose(*cache.dir, cache_dir);
  choose(*cache.path, cache_path);
  choose(*cache.list, cache_list);
  choose(*cache.verify, cache_verify);
  choose(*cache.prune, cache_prune);
  choose(add_lock(app, lock), lock);
  choose(add_completion(app, completion), completion);
  choose(*app.add_subcommand("man", "Print the manual page: torchhub man | man -l -"), man);
  take_guards_off(app);
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
