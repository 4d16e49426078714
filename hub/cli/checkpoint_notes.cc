#include <torchhub/hub/cli/checkpoint_notes.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <boost/json/value.hpp>

namespace torchhub::cli {

void print_notes(const archive::Checkpoint& checkpoint, const CommandLine& line) {
  if (line.quiet) return;
  for (const std::string& note : checkpoint.notes())
    notes() << "note: " << terminal_line(note) << "\n";
}

boost::json::array notes_json(const archive::Checkpoint& checkpoint) {
  boost::json::array texts;
  for (const std::string& note : checkpoint.notes()) texts.emplace_back(json_text(note));
  return texts;
}

}  // namespace torchhub::cli
