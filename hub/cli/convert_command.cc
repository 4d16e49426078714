#include <torchhub/archive/convert.h>
#include <torchhub/hub/cli/checkpoint_argument.h>
#include <torchhub/hub/cli/checkpoint_notes.h>
#include <torchhub/hub/cli/convert_command.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/standard_output.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& names) {
  return json::array(names.begin(), names.end());
}

// What the user should know beyond the result; the first few names.
void tell(const char* what, const std::vector<std::string>& names, const CommandLine& line) {
  if (names.empty() || line.quiet) return;
  constexpr std::size_t kMost = 10;
  notes() << terminal_line(what);
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    notes() << terminal_line((i > 0 ? ", " : " ") + names[i]);
  if (names.size() > kMost) notes() << " and " << names.size() - kMost << " more";
  notes() << "\n";
}

// Writes the file and tells what the user should know of it.
archive::Converted convert(const ConvertArguments& arguments, const CommandLine& line) {
  const archive::Checkpoint checkpoint = archive::open_checkpoint(
      find_checkpoint(arguments.input, checkpoint_options(arguments.fetch, false), line));
  const archive::Converted converted = archive::convert_to_safetensors(
      checkpoint, arguments.output,
      arguments.force ? archive::ReadOnlyFile::replaced : archive::ReadOnlyFile::kept);
  print_notes(checkpoint, line);
  tell("Kept as names in __metadata__, since they are other tensors:", converted.aliases, line);
  tell("warning: these shared bytes with others, and have their own now:", converted.unshared,
       line);
  tell("warning: safetensors keeps tensors alone; dropped:", converted.dropped, line);
  return converted;
}

void convert_to_standard_output(ConvertArguments arguments, const CommandLine& line) {
  write_to_standard_output(line, "out.safetensors", [&](const std::filesystem::path& path) {
    arguments.output = path;
    convert(arguments, line);
  });
}

}  // namespace

void run(const ConvertArguments& arguments, const CommandLine& line) {
  if (arguments.output == "-") return convert_to_standard_output(arguments, line);
  const archive::Converted converted = convert(arguments, line);
  if (line.json) {
    const json::object document{
        {"file", json_text(arguments.output)}, {"bytes", converted.bytes},
        {"tensors", converted.tensors},        {"dropped", texts(converted.dropped)},
        {"aliases", texts(converted.aliases)}, {"unshared", texts(converted.unshared)}};
    results() << terminal_json(json::serialize(document)) << "\n";
    return;
  }
  results() << terminal_line(arguments.output) << "  " << grouped(converted.bytes) << " bytes  "
            << converted.tensors << " tensors\n";
}

}  // namespace torchhub::cli
