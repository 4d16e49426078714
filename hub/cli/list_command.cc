#include <torchhub/hub/cli/discovery_options.h>
#include <torchhub/hub/cli/entry_point_json.h>
#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/list_command.h>
#include <torchhub/hub/cli/loading_notes.h>
#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/sandbox_report.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/list.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

json::object to_json(const RepositoryListing& result) {
  json::array dependencies(result.listing.dependencies.begin(), result.listing.dependencies.end());
  json::array entry_points;
  for (const python::EntryPoint& entry : result.listing.entry_points) {
    entry_points.push_back(entry_point_json(entry));
  }
  return {{"repo", repository_json(result.repository)},
          {"complete", result.listing.complete},
          {"dependencies", std::move(dependencies)},
          {"entry_points", std::move(entry_points)}};
}

std::string first_line(const std::string& docstring) {
  const std::size_t first = docstring.find_first_not_of(" \t\r\n");
  if (first == docstring.npos) return "";
  return docstring.substr(first, docstring.find('\n', first) - first);
}

void print_table(const python::Listing& listing) {
  struct Row {
    TerminalText call;
    TerminalText summary;
  };
  std::vector<Row> rows;
  std::size_t width = 0;
  for (const python::EntryPoint& entry : listing.entry_points) {
    rows.push_back(
        {terminal_line(entry.name + entry.signature), terminal_line(first_line(entry.docstring))});
    width = std::max(width, rows.back().call.size());
  }
  for (const Row& row : rows) {
    results() << row.call;
    if (!row.summary.empty())
      results() << TerminalText::blanks(width - row.call.size() + 3) << row.summary;
    results() << "\n";
  }
}

}  // namespace

void run(const ListArguments& arguments, const CommandLine& line) {
  const RepositoryArguments& repository = arguments.repository;
  const Context context = make_context(line);
  SandboxReport report(arguments.discovery.allow_weak_sandbox);
  const RepositoryListing result =
      with_interruptible_fetch(fetch_options(repository), [&](const FetchOptions& fetch) {
        const ListOptions options =
            discovery_options(repository, arguments.discovery, fetch, report);
        return with_advice(repository, context, [&] {
          return with_weak_sandbox_advice(
              [&] { return list_repository(repository.repo, options, context); });
        });
      });
  report.finish();
  const python::Listing& listing = result.listing;
  if (line.json) {
    json::object document = to_json(result);
    if (arguments.discovery.run) document["protection"] = report.protection_json();
    results() << terminal_json(json::serialize(document)) << "\n";
  } else {
    print_table(listing);
    if (!listing.complete && !line.quiet) {
      notes() << "There may be more: not all of hubconf.py can be told without running it (--run "
                 "does).\n";
    }
  }
  print_loading_notes(repository.repo, listing, line);
}

}  // namespace torchhub::cli
