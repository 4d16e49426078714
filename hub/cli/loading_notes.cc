#include <torchhub/hub/cli/loading_notes.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

void print_note(std::string_view repo, const std::string& why) {
  notes() << "note: " << terminal_line(repo) << " cannot be loaded: " << terminal_line(why) << "\n";
}

}  // namespace

void print_loading_notes(std::string_view repo, const python::Listing& listing,
                         const CommandLine& line) {
  if (line.quiet) return;
  if (!listing.missing_dependencies.empty())
    print_note(repo, "it needs " + joined(listing.missing_dependencies, ", ") +
                         ", not installed (torchhub deps tells more)");
  if (!listing.import_problems.empty()) print_note(repo, joined(listing.import_problems, "; "));
}

}  // namespace torchhub::cli
