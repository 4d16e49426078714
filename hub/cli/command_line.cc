#include <torchhub/hub/cli/command_line.h>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <iostream>
#include <map>

namespace torchhub::cli {
namespace {

constexpr int kUsageError = 2;

void add_repository(CLI::App& verb, RepositoryArguments& arguments) {
  verb.add_option("repo", arguments.repo,
                  "OWNER/NAME or OWNER/NAME:REF; with --source local, a folder")
      ->required()
      ->type_name("REPO");
  verb.add_option("--source", arguments.source, "What REPO names: github (the default) or local")
      ->transform(CLI::IsMember({"github", "local"}, CLI::ignore_case))
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
      ->type_name("URL|FILE");
  verb.add_option("--diff", arguments.diff, "Tell instead what differs between two checkpoints")
      ->type_name("A B")
      ->expected(2);
  verb.add_option("--name", arguments.name, "Only tensors whose names match, such as 'layer1.*'")
      ->type_name("GLOB");
  verb.add_flag("--digest", arguments.digest, "The SHA-256 of each tensor's elements, too");
  verb.add_flag("--check-hash", arguments.check_hash,
                "Check a download against the hash in its name");
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
  verb.add_option("output", arguments.output, "The file to write")
      ->required()
      ->type_name("OUT.safetensors");
  return verb;
}

CLI::App& add_scan(CLI::App& app, ScanArguments& arguments) {
  CLI::App& verb = *app.add_subcommand(
      "scan", "Tell what Python would import and call if it loaded a file, without loading it");
  verb.add_option("files", arguments.files, "Checkpoints and other pickles")
      ->required()
      ->type_name("FILE...");
  return verb;
}

const std::map<std::string, std::uint64_t> kSeconds = {
    {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};

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
  ConvertArguments convert;
  ScanArguments scan;
  CachePathArguments cache_path;
  CacheVerifyArguments cache_verify;
  CachePruneArguments cache_prune;
  LockArguments lock;
  app.set_version_flag("--version", "torchhub 0.1.0");
  app.add_flag("--json", line.json, "Print one JSON document");
  app.add_flag("--quiet", line.quiet, "No progress and no messages, only errors");
  app.add_flag("--offline", line.offline, "Use only what is in the cache");
  app.add_option("--lock", line.lock, "Hold URLs and repositories to what this file pins")
      ->type_name("FILE");
  app.add_flag("--frozen", line.frozen, "Refuse what the lock file does not pin");
  app.require_subcommand(1);
  // What holds for all verbs may stand after them.
  app.fallthrough();
  const CLI::App& list_verb = add_list(app, list);
  const CLI::App& help_verb = add_help(app, help);
  const CLI::App& load_verb = add_load(app, load);
  const CLI::App& download_verb = add_download(app, download);
  const CLI::App& state_dict_verb = add_state_dict(app, state_dict);
  const CLI::App& convert_verb = add_convert(app, convert);
  const CLI::App& scan_verb = add_scan(app, scan);
  const CacheVerbs cache_verbs = add_cache(app, cache_path, cache_verify, cache_prune);
  const CLI::App& lock_verb = add_lock(app, lock);

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
  if (convert_verb.parsed()) line.verb = convert;
  if (scan_verb.parsed()) line.verb = scan;
  if (cache_verbs.dir->parsed()) line.verb = CacheDirArguments();
  if (cache_verbs.path->parsed()) line.verb = cache_path;
  if (cache_verbs.list->parsed()) line.verb = CacheListArguments();
  if (cache_verbs.verify->parsed()) line.verb = cache_verify;
  if (cache_verbs.prune->parsed()) line.verb = cache_prune;
  if (lock_verb.parsed()) line.verb = lock;
  return line;
}

}  // namespace torchhub::cli
