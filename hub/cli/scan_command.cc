#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/scan.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/scan_command.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/net/url.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

json::object to_json(const std::string& file, const archive::Scan& scan) {
  json::array globals;
  for (const archive::ScannedGlobal& global : scan.globals)
    globals.push_back(json::object{{"name", json_text(global.name)},
                                   {"offset", global.offset},
                                   {"allowed", global.is_allowed}});
  json::object object{{"file", json_text(file)},
                      {"verdict", scan.is_safe ? "safe" : "refused"},
                      {"format", archive::name_of(scan.format)},
                      {"globals", std::move(globals)}};
  if (!scan.is_safe) object["reason"] = json_text(scan.reason);
  return object;
}

}  // namespace

void run_scan(const ScanArguments& arguments, const CommandLine& line) {
  json::array files;
  std::size_t refused = 0;
  for (const std::string& path : arguments.files) {
    // Who typed a URL, which is no file, may have typed a password.
    const std::string file = net::redact_urls(path);
    archive::Scan scan;
    try {
      const archive::MappedFile mapped(path);
      scan = archive::scan_checkpoint(mapped.view());
      if (!mapped.is_intact()) {
        scan.is_safe = false;
        scan.reason = "it was made shorter while it was being read";
      }
    } catch (const archive::Error& error) {
      scan.reason = net::redact_urls(error.what());
    }
    if (!scan.is_safe) ++refused;
    if (line.json) {
      files.push_back(to_json(file, scan));
    } else if (scan.is_safe) {
      results() << "safe " << terminal_line(file) << "\n";
    } else {
      results() << "refused " << terminal_line(file) << ": " << terminal_line(scan.reason) << "\n";
    }
  }
  if (line.json)
    results() << terminal_json(json::serialize(json::object{{"files", std::move(files)}})) << "\n";
  if (refused > 0)
    throw archive::Error(archive::errc::refused_global, std::to_string(refused) + " of " +
                                                            std::to_string(arguments.files.size()) +
                                                            " files refused");
}

}  // namespace torchhub::cli
