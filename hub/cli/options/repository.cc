// The options of the verbs that take a repository or a model.

#include <torchhub/hub/cli/options/options.h>
#include <torchhub/hub/cli/options/shared.h>

namespace torchhub::cli {
namespace {

void add_source(CLI::App& verb, Source& source) {
  verb.add_option("--source", source, "What REPO names: github (the default) or local")
      ->transform(choice_of<Source>({{"github", Source::github}, {"local", Source::local}}))
      ->type_name("SOURCE");
}

void add_repository(CLI::App& verb, RepositoryArguments& arguments) {
  verb.add_option("repo", arguments.repo,
                  "OWNER/NAME or OWNER/NAME:REF; with --source local, a folder")
      ->required()
      ->type_name("REPO");
  add_source(verb, arguments.source);
  verb.add_flag("--force-reload", arguments.force_reload,
                "Fetch the repository anew although it is in the cache");
  verb.add_flag("--skip-validation", arguments.skip_validation,
                "Do not ask whether the ref belongs to the repository");
  verb.add_flag(
          "--trust-repo{yes}", arguments.trust_repo,
          "Let the repository's code run, now and later; =no refuses what is not trusted, =check "
          "asks then (the default), =prompt asks always")
      ->transform(choice_of<TrustRepo>({{"yes", TrustRepo::yes},
                                        {"no", TrustRepo::no},
                                        {"check", TrustRepo::check},
                                        {"prompt", TrustRepo::ask}}));
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

}  // namespace

void add_options(CLI::App& verb, ListArguments& arguments, CommandLine& line) {
  add_repository(verb, arguments.repository);
  add_discovery(verb, arguments.discovery);
  add_traceback(verb, line.traceback);
  add_python(verb, line.python);
}

void add_options(CLI::App& verb, HelpArguments& arguments, CommandLine& line) {
  add_repository(verb, arguments.repository);
  verb.add_option("entry", arguments.entry, "The entry point")->required()->type_name("ENTRY");
  add_discovery(verb, arguments.discovery);
  add_traceback(verb, line.traceback);
  add_python(verb, line.python);
}

void add_options(CLI::App& verb, LoadArguments& arguments, CommandLine& line) {
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
  add_traceback(verb, line.traceback);
  add_python(verb, line.python);
}

void add_options(CLI::App& verb, DepsArguments& arguments, CommandLine& line) {
  add_repository(verb, arguments.repository);
  verb.add_flag("--imports", arguments.imports,
                "Also what it imports and does not declare, where, and whether it may do without");
  verb.add_flag("--install", arguments.install,
                "Have pip put what is missing, declared or imported, into the environment in use, "
                "after asking");
  verb.add_flag("--yes", arguments.yes, "Do not ask");
  add_python(verb, line.python);
}

void add_options(CLI::App& verb, ExportArguments& arguments, CommandLine& line) {
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
      ->transform(choice_of<PackageFormat>({{"aot_inductor", PackageFormat::aot_inductor},
                                            {"torchscript", PackageFormat::torchscript}}))
      ->type_name("FORMAT");
  verb.add_flag("--script", arguments.script,
                "TorchScript by the model's source instead of by a trace of one call");
  add_force(verb, arguments.force);
  add_traceback(verb, line.traceback);
  add_python(verb, line.python);
}

void add_options(CLI::App& verb, RunArguments& arguments, CommandLine& line) {
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
  add_python(verb, line.python);
}

void add_options(CLI::App& verb, VenvArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("folder", arguments.folder,
                  "Where to make it; one that is there already gets what it lacks")
      ->required()
      ->check(refuse_standard_output)
      ->type_name("DIR");
  verb.add_option("repos", arguments.repos, "Repositories whose dependencies and imports it gets")
      ->type_name("REPO");
  add_source(verb, arguments.source);
  verb.add_option("--requirements", arguments.requirements,
                  "Install what the torchhub-requirements.txt of another environment names, by its "
                  "hashes")
      ->type_name("FILE");
}

}  // namespace torchhub::cli
