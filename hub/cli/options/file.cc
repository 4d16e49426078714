// The options of the verbs that take a file or a URL.

#include <torchhub/hub/cli/options/options.h>
#include <torchhub/hub/cli/options/shared.h>

namespace torchhub::cli {

void add_options(CLI::App& verb, DownloadArguments& arguments, CommandLine& /*line*/) {
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
}

void add_options(CLI::App& verb, StateDictArguments& arguments, CommandLine& /*line*/) {
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
}

void add_options(CLI::App& verb, ConvertArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("input", arguments.input, "A file, or a URL to fetch into the cache")
      ->required()
      ->type_name("IN");
  verb.add_option("output", arguments.output, "The file to write; - is the standard output")
      ->required()
      ->type_name("OUT.safetensors");
  add_force(verb, arguments.force);
  add_fetch(verb, arguments.fetch);
}

void add_options(CLI::App& verb, ScanArguments& arguments, CommandLine& /*line*/) {
  verb.add_option("files", arguments.files,
                  "Checkpoints and other pickles; indexes of shards, folders of such files")
      ->required()
      ->type_name("FILE|FOLDER...");
}

}  // namespace torchhub::cli
