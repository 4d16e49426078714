#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/scan.h>
#include <torchhub/cache/error.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/python_hub_functions.h>
#include <torchhub/hub/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/url.h>

namespace torchhub::detail {
namespace {

using python::HubFailure;

// Our errors as those that code written for Python's torch.hub knows.
template <class Body>
auto translated(Body body) {
  try {
    return body();
  } catch (const net::Error& error) {
    const int value = error.code().value();
    const bool is_status = value >= 300 && value <= 599;
    throw HubFailure(is_status ? HubFailure::Kind::http : HubFailure::Kind::network, error.what(),
                     is_status ? static_cast<unsigned>(value) : 0);
  } catch (const cache::Error& error) {
    throw HubFailure(error.code() == cache::errc::hash_mismatch ? HubFailure::Kind::hash
                                                                : HubFailure::Kind::other,
                     error.what());
  }
}

python::PickledGlobals scan(const std::string& path) {
  const archive::MappedFile file(path);
  const archive::Scan scan = archive::scan_checkpoint(file.view());
  python::PickledGlobals globals;
  for (const archive::ScannedGlobal& global : scan.globals)
    (global.is_allowed ? globals.allowed : globals.refused).push_back(global.name);
  if (!scan.is_complete) globals.damage = scan.reason;
  return globals;
}

}  // namespace

std::shared_ptr<const python::HubFunctions> python_hub_functions(
    const Context& context, bool unsafe_checkpoints, const std::stop_token& stop,
    std::function<python::Object(const python::LoadRequest&)> load) {
  auto functions = std::make_shared<python::HubFunctions>();
  functions->hub_dir = [context] { return context.paths().hub_dir().string(); };
  functions->stop = stop;
  functions->download = [context, stop](const std::string& url, const std::string& dst,
                                        const std::string& hash_prefix) {
    translated([&] {
      context.message("Downloading: \"" + net::redact_url(url) + "\" to " + dst);
      // As torch.hub does, which asks nobody about what is read-only.
      download_url_to_file(url, dst,
                           DownloadToFileOptions().hash_prefix(hash_prefix).force(true).stop(stop),
                           context);
    });
  };
  functions->checkpoint = [context, stop](const python::CheckpointRequest& request) {
    return translated([&] {
      return get_checkpoint_file(request.url,
                                 CheckpointFileOptions()
                                     .model_dir(request.model_dir)
                                     .file_name(request.file_name)
                                     .check_hash(request.check_hash)
                                     .stop(stop),
                                 context)
          .string();
    });
  };
  functions->load = [load = std::move(load)](const python::LoadRequest& request) {
    return translated([&] { return load(request); });
  };
  if (!unsafe_checkpoints) functions->scan = scan;
  return functions;
}

}  // namespace torchhub::detail
