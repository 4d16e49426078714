#include <torchhub/hub/cli/command_line.h>

#include <CLI/CLI.hpp>

#include <iostream>

namespace torchhub::cli {
namespace {

constexpr int kUsageError = 2;

void add_repository(CLI::App& verb, RepositoryArguments& arguments) {
  verb.add_option("repo", arguments.repo, "OWNER/NAME or OWNER/NAME:REF")
      ->required()
      ->type_name("REPO");
  verb.add_flag("--force-reload", arguments.force_reload,
                "Fetch the repository anew although it is in the cache");
  verb.add_flag("--skip-validation", arguments.skip_validation,
                "Do not ask whether the ref belongs to the repository");
  verb.add_flag("--trust-repo", arguments.trust_repo,
                "Let the repository's code run, now and later");
}

CLI::App& add_list(CLI::App& app, ListArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("list", "List a repository's entry points");
  add_repository(verb, arguments.repository);
  verb.add_flag("--run", arguments.run,
                "Run hubconf.py instead of reading it; the repository must be trusted");
  return verb;
}

CLI::App& add_help(CLI::App& app, HelpArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("help", "Show what an entry point does");
  add_repository(verb, arguments.repository);
  verb.add_option("entry", arguments.entry, "The entry point")->required()->type_name("ENTRY");
  verb.add_flag("--run", arguments.run,
                "Run hubconf.py instead of reading it; the repository must be trusted");
  return verb;
}

CLI::App& add_load(CLI::App& app, LoadArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("load", "Load a model and, with --run, run it");
  add_repository(verb, arguments.repository);
  verb.add_option("entry", arguments.entry, "The entry point")->required()->type_name("ENTRY");
  verb.add_option("arguments", arguments.arguments,
                  "Arguments for the entry point: JSON values, else strings")
      ->type_name("ARG|KEY=VALUE");
  verb.add_option("--run", arguments.input, "Call the model with the tensors in this file")
      ->type_name("INPUT.pt");
  verb.add_option("--script", arguments.script, "Write the model as TorchScript")
      ->type_name("OUT.pt");
  return verb;
}

CLI::App& add_download(CLI::App& app, DownloadArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("download", "Download a file");
  verb.add_option("places", arguments.places, "Where from and, for one URL, where to")
      ->required()
      ->type_name("URL... [DST]");
  verb.add_option("--output-dir", arguments.output_dir,
                  "Put each file into this folder, under the URL's last name")
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
  verb.add_option("--header", arguments.headers, "Send this to the URL's own server")
      ->type_name("NAME: VALUE")
      ->expected(1)
      ->take_all();
  verb.add_option("--mirror", arguments.mirrors, "Another URL of the same file")
      ->type_name("URL")
      ->expected(1)
      ->take_all();
  verb.add_flag("!--no-sync", arguments.sync,
                "Do not flush the file to the disk: it could be lost in a power cut");
  return verb;
}

CLI::App& add_state_dict(CLI::App& app, StateDictArguments& arguments) {
  CLI::App& verb =
      *app.add_subcommand("state-dict", "Show what a checkpoint holds, without running anything");
  verb.add_option("source", arguments.source, "A file, or a URL to fetch into the cache")
      ->required()
      ->type_name("URL|FILE");
  verb.add_flag("--check-hash", arguments.check_hash,
                "Check a download against the hash in its name");
  return verb;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv) {
  CLI::App app(
      "PyTorch's torch.hub for C++: list, describe, load and cache published models and weights.",
      "torchhub");
  CommandLine line;
  ListArguments list;
  HelpArguments help;
  LoadArguments load;
  DownloadArguments download;
  StateDictArguments state_dict;
  app.set_version_flag("--version", "torchhub 0.1.0");
  app.add_flag("--json", line.json, "Print one JSON document");
  app.add_flag("--quiet", line.quiet, "No progress and no messages, only errors");
  app.require_subcommand(1);
  // --json and --quiet may stand after the verb.
  app.fallthrough();
  const CLI::App& list_verb = add_list(app, list);
  const CLI::App& help_verb = add_help(app, help);
  const CLI::App& load_verb = add_load(app, load);
  const CLI::App& download_verb = add_download(app, download);
  const CLI::App& state_dict_verb = add_state_dict(app, state_dict);
  CLI::App& cache_verb = *app.add_subcommand("cache", "Look at the cache");
  cache_verb.require_subcommand(1);
  cache_verb.add_subcommand("dir", "Print torch.hub's directory");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "torchhub: error: " << error.what() << " (torchhub --help tells what there is)\n";
    return kUsageError;
  }
  if (list_verb.parsed()) line.verb = list;
  if (help_verb.parsed()) line.verb = help;
  if (load_verb.parsed()) line.verb = load;
  if (download_verb.parsed()) line.verb = download;
  if (state_dict_verb.parsed()) line.verb = state_dict;
  if (cache_verb.parsed()) line.verb = CacheDirArguments();
  return line;
}

}  // namespace torchhub::cli
