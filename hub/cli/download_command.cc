#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/hub/cli/descriptor_limit.h>
#include <torchhub/hub/cli/download_command.h>
#include <torchhub/hub/cli/fetch_arguments.h>
#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/progress_display.h>
#include <torchhub/hub/cli/standard_output.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/download.h>
#include <torchhub/net/url.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {
namespace {

bool is_url(const std::string& text) { return text.find("://") != text.npos; }

std::filesystem::path name_in(const std::filesystem::path& folder, const std::string& url) {
  const auto name = cache::checkpoint_name(url);
  if (!name) {
    throw cache::Error(name.error(), "\"" + net::redact_url(url) +
                                         "\" does not end in a file name; say where to put it");
  }
  return folder / *name;
}

// Where a file for `path` will lie: of two that links bring together, the later one would replace the
// other. What a link leads to may be there only then.
std::filesystem::path place_of(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::error_code unknown;
  for (int links = 0; links < kMostLinks && std::filesystem::is_symlink(path, unknown); ++links)
    path = path.parent_path() / std::filesystem::read_symlink(path, unknown);
  const std::filesystem::path folder = path.parent_path().empty() ? "." : path.parent_path();
  const std::filesystem::path whole = std::filesystem::weakly_canonical(folder, unknown);
  return (unknown ? folder : whole) / path.filename();
}

// What is to go where: DST for one URL, else each by its own name.
std::vector<FileDownload> files_of(const DownloadArguments& arguments,
                                   const std::vector<net::Header>& headers) {
  std::vector<std::string> urls = arguments.places;
  std::filesystem::path folder = arguments.output_dir;
  std::filesystem::path destination;
  if (urls.size() > 1 && !is_url(urls.back())) {
    destination = urls.back();
    urls.pop_back();
    if (!folder.empty()) throw UsageError("there is both a DST and an --output-dir");
    if (urls.size() > 1)
      throw UsageError("one DST is not enough for several URLs; use --output-dir");
    std::error_code unknown;
    if (std::filesystem::is_directory(destination, unknown))
      folder = std::exchange(destination, {});
  }
  if (!arguments.sha256.empty() && arguments.sha256.size() != urls.size())
    throw UsageError("give --sha256 once for each URL, in their order");
  if (!folder.empty()) cache::make_folders(folder);

  std::vector<FileDownload> files;
  std::set<std::filesystem::path> paths;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    FileDownload file;
    file.url = urls[i];
    file.path = destination.empty() ? name_in(folder, urls[i]) : destination;
    if (!paths.insert(place_of(file.path)).second)
      throw UsageError("two URLs would both become " + file.path.string());
    file.options.connections(arguments.connections).resume(arguments.resume).force(arguments.force);
    if (!arguments.sync) file.options.durability(cache::Durability::process);
    if (!arguments.sha256.empty()) file.options.hash_prefix(arguments.sha256[i]);
    apply(arguments.fetch, headers, file.options);
    for (const std::string& mirror : arguments.mirrors) file.options.mirror(mirror);
    files.push_back(std::move(file));
  }
  if (!arguments.mirrors.empty() && files.size() > 1) throw UsageError("--mirror is for one URL");
  return files;
}

// The URL as it was typed, but for a user name and password: what is printed goes into logs.
std::string shown(const std::string& url) {
  const auto parsed = net::Url::parse(url);
  return parsed && !parsed->credentials().empty() ? parsed->text() : url;
}

void print(const std::vector<FileOutcome>& outcomes, bool json) {
  boost::json::array entries;
  for (const FileOutcome& outcome : outcomes) {
    if (outcome.failure) continue;
    const DownloadedFile& file = outcome.file;
    entries.push_back(boost::json::object{{"url", shown(file.url)},
                                          {"path", json_text(file.path.string())},
                                          {"bytes", file.bytes},
                                          {"sha256", file.sha256},
                                          {"seconds", file.seconds.count()},
                                          {"connections", file.connections},
                                          {"resumed_bytes", file.resumed_bytes}});
    if (json) continue;
    results() << terminal_line(file.path.string()) << "  " << file.bytes << "  "
              << terminal_line(file.sha256) << "\n";
  }
  if (!json) return;
  results() << terminal_json(
                   boost::json::serialize(boost::json::object{{"files", std::move(entries)}}))
            << "\n";
}

// All failures but the last one have a line of their own; the last one ends the program.
void report_failures(const std::vector<FileOutcome>& outcomes) {
  std::vector<std::exception_ptr> failures;
  for (const FileOutcome& outcome : outcomes) {
    if (outcome.failure) failures.push_back(outcome.failure);
  }
  if (failures.empty()) return;
  for (std::size_t i = 0; i + 1 < failures.size(); ++i) {
    notes() << "torchhub: " << terminal_line(sentence_of(failures[i])) << "\n";
  }
  std::rethrow_exception(failures.back());
}

bool is_for_standard_output(const DownloadArguments& arguments) {
  return arguments.places.size() > 1 && arguments.places.back() == "-";
}

// Downloads it all. What came, and what of it was kept, is told unless the caller does more with it.
void fetch(const DownloadArguments& arguments, const CommandLine& line, bool is_told) {
  // Before Ctrl-C means something else: somebody may be typing them.
  const std::vector<net::Header> headers = headers_of(arguments.fetch.headers, std::cin);
  Interruption interruption;
  std::vector<FileDownload> files = files_of(arguments, headers);
  std::vector<FileOutcome> outcomes;
  {
    ProgressDisplay display(line.progress && !line.quiet);
    for (FileDownload& file : files)
      file.options.observer(display.add(file.path.filename().string()));
    Context context = make_context(line);
    net::ClientOptions client = context.client_options();
    client.rate_limit(arguments.limit_rate);
    context.client_options(client);
    outcomes = download_files(files, interruption.token(), context);
  }
  if (is_told) print(outcomes, line.json);
  if (interruption.token().stop_requested()) {
    std::string kept;
    for (const FileDownload& file : files) {
      const std::filesystem::path part = cache::PartFile::path_of(file.path);
      std::error_code absent;
      if (is_told && std::filesystem::exists(part, absent))
        kept += (kept.empty() ? "" : ", ") + part.string();
    }
    throw Interrupted(kept.empty() ? "interrupted"
                                   : "interrupted; the same command goes on with " + kept);
  }
  report_failures(outcomes);
}

void fetch_to_standard_output(DownloadArguments arguments, const CommandLine& line) {
  arguments.sync = false;
  write_to_standard_output(line, "-", [&](const std::filesystem::path& path) {
    arguments.places.back() = path;
    fetch(arguments, line, false);
  });
}

}  // namespace

void run(const DownloadArguments& arguments, const CommandLine& line) {
  raise_descriptor_limit();
  if (is_for_standard_output(arguments)) return fetch_to_standard_output(arguments, line);
  fetch(arguments, line, true);
}

}  // namespace torchhub::cli
