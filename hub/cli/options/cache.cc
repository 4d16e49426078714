// The options of the verbs that look after the cache and the lock file, and of those that print what the
// command line understands.

#include <torchhub/hub/cli/options/options.h>
#include <torchhub/hub/cli/options/shared.h>

namespace torchhub::cli {

void add_options(CLI::App& /*verb*/, CacheDirArguments& /*arguments*/, CommandLine& /*line*/) {}

void add_options(CLI::App& verb, CachePathArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("object", arguments.object)->required()->type_name("REPO|URL");
}

void add_options(CLI::App& /*verb*/, CacheListArguments& /*arguments*/, CommandLine& /*line*/) {}

void add_options(CLI::App& verb, CacheVerifyArguments& arguments, CommandLine& /*line*/) {
  verb.add_flag("--quarantine", arguments.quarantine, "Move away what is damaged");
}

void add_options(CLI::App& verb, CachePruneArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("--max-size", arguments.max_size,
                  "Keep so many bytes; 500M and 10G are understood")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  verb.add_option("--older-than", arguments.older_than,
                  "Remove what was not used for so long, as 12h or 30d")
      ->transform(CLI::AsNumberWithUnit(kSeconds, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->type_name("TIME");
  verb.add_flag("--dry-run", arguments.dry_run, "Only tell what would be removed");
}

void add_options(CLI::App& verb, LockArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("names", arguments.names, "What to pin; with --update, all if none is named")
      ->type_name("REPO|URL...");
  verb.add_flag("--update", arguments.update, "Move pins that are there already");
  add_force(verb, arguments.force);
}

void add_options(CLI::App& verb, CompletionArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("shell", arguments.shell,
                  "bash, zsh or fish; repositories lists what they ask for: those in the cache")
      ->required()
      ->transform(choice_of<Shell>({{"bash", Shell::bash},
                                    {"zsh", Shell::zsh},
                                    {"fish", Shell::fish},
                                    {"repositories", Shell::repositories}}))
      ->type_name("SHELL");
}

void add_options(CLI::App& /*verb*/, ManArguments& /*arguments*/, CommandLine& /*line*/) {}

}  // namespace torchhub::cli
