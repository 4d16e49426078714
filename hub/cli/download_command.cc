#include <torchhub/hub/cli/download_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/progress_bar.h>
#include <torchhub/hub/download.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace torchhub::cli {

void run_download(const DownloadArguments& arguments, const CommandLine& line) {
  DownloadedFile file;
  {
    ProgressBar bar(arguments.path, line.quiet);
    const DownloadToFileOptions options =
        DownloadToFileOptions().hash_prefix(arguments.sha256).observer(bar);
    file = download_url_to_file(arguments.url, arguments.path, options, make_context(line));
  }
  if (line.json) {
    boost::json::object entry{
        {"url", file.url},       {"path", file.path.string()},      {"bytes", file.bytes},
        {"sha256", file.sha256}, {"seconds", file.seconds.count()}, {"connections", 1},
        {"resumed_bytes", 0}};
    const boost::json::object document{{"files", boost::json::array{std::move(entry)}}};
    std::cout << boost::json::serialize(document) << '\n';
  } else {
    std::cout << file.path.string() << "  " << file.bytes << "  " << file.sha256 << '\n';
  }
}

}  // namespace torchhub::cli
