#include <torchhub/hub/cli/discovery_options.h>
#include <torchhub/hub/cli/entry_point_json.h>
#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/help_command.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/loading_notes.h>
#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/sandbox_report.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/list.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// As inspect.cleandoc: what all lines but the first are indented by goes, and blank lines at both
// ends.
std::string dedented(const std::string& docstring) {
  std::vector<std::string> lines = lines_of(docstring);
  std::size_t margin = std::string::npos;
  for (std::size_t i = 1; i < lines.size(); ++i)
    margin = std::min(margin, lines[i].find_first_not_of(kBlank));
  const auto is_blank = [](const std::string& line) {
    return line.find_first_not_of(kBlank) == line.npos;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t indent = i == 0 ? lines[i].find_first_not_of(kBlank) : margin;
    lines[i] = is_blank(lines[i]) ? "" : lines[i].substr(indent);
  }
  while (!lines.empty() && is_blank(lines.front())) lines.erase(lines.begin());
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

}  // namespace

void run(const HelpArguments& arguments, const CommandLine& line) {
  const RepositoryArguments& repository = arguments.repository;
  const Context context = make_context(line);
  SandboxReport report(arguments.discovery.allow_weak_sandbox);
  const DescribedEntryPoint described =
      with_interruptible_fetch(fetch_options(repository), [&](const FetchOptions& fetch) {
        const ListOptions options =
            discovery_options(repository, arguments.discovery, fetch, report);
        return with_advice(repository, context, [&] {
          return with_weak_sandbox_advice([&] {
            return describe_with_listing(repository.repo, arguments.entry, options, context);
          });
        });
      });
  report.finish();
  const python::EntryPoint& entry = described.entry_point;
  if (line.json) {
    boost::json::object document = entry_point_json(entry);
    if (arguments.discovery.run) document["protection"] = report.protection_json();
    results() << terminal_json(boost::json::serialize(document)) << "\n";
  } else {
    results() << terminal_line(entry.name + entry.signature) << "\n";
    if (!entry.docstring.empty()) results() << "\n" << terminal_text(dedented(entry.docstring));
  }
  print_loading_notes(repository.repo, described.listing, line);
}

}  // namespace torchhub::cli
