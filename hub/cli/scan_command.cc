#include <torchhub/archive/error.h>
#include <torchhub/archive/scan_files.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/scan_command.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/net/url.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

// Who typed a URL, which is no file, may have typed a password.
std::string name_of(const archive::ScannedFile& file) {
  return net::redact_urls(file.path.string());
}
std::string reason_of(const archive::ScannedFile& file) {
  return net::redact_urls(file.scan.reason);
}

json::object to_json(const archive::ScannedFile& file) {
  const archive::Scan& scan = file.scan;
  json::array globals;
  for (const archive::ScannedGlobal& global : scan.globals)
    globals.push_back(json::object{{"name", json_text(global.name)},
                                   {"offset", global.offset},
                                   {"allowed", global.is_allowed}});
  json::object object{
      {"file", json_text(name_of(file))},
      {"verdict", file.is_skipped ? "skipped" : (scan.is_safe ? "safe" : "refused")},
      {"format", archive::name_of(scan.format)},
      {"globals", std::move(globals)}};
  if (!scan.is_safe) object["reason"] = json_text(reason_of(file));
  if (!scan.is_safe && !file.is_skipped) object["cause"] = archive::name_of(scan.cause);
  return object;
}

void print(const archive::ScannedFile& file) {
  const TerminalText path = terminal_line(name_of(file));
  if (file.scan.is_safe) {
    results() << "safe " << path << "\n";
  } else {
    results() << (file.is_skipped ? TerminalText("skipped ") : TerminalText("refused ")) << path
              << ": " << terminal_line(reason_of(file)) << "\n";
  }
}

}  // namespace

void run(const ScanArguments& arguments, const CommandLine& line) {
  json::array files;
  std::size_t judged = 0;
  std::size_t refused = 0;
  const auto tell = [&](const archive::ScannedFile& file) {
    if (!file.is_skipped) ++judged;
    if (!file.is_skipped && !file.scan.is_safe) ++refused;
    if (line.json) {
      files.push_back(to_json(file));
    } else {
      print(file);
    }
  };
  for (const std::string& path : arguments.files) archive::scan_files(path, tell);
  if (line.json)
    results() << terminal_json(json::serialize(json::object{{"files", std::move(files)}})) << "\n";
  if (refused > 0)
    throw archive::Error(
        archive::errc::refused_global,
        std::to_string(refused) + " of " + std::to_string(judged) + " files refused");
}

}  // namespace torchhub::cli
