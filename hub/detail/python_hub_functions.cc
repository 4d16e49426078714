#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/scan.h>
#include <torchhub/cache/error.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/python_hub_functions.h>
#include <torchhub/hub/download.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/error.h>
#include <torchhub/net/url.h>
#include <torchhub/python/error.h>

#include <cerrno>

namespace torchhub::detail {
namespace {

using python::HubFailure;

constexpr int kNotFound = 404;

// errno's number for a code of the operating system's or one that is as good; 0 for others.
int errno_of(const boost::system::error_code& code) {
  const boost::system::error_condition condition = code.default_error_condition();
  return condition.category() == boost::system::generic_category() ? condition.value() : 0;
}

HubFailure translated(const net::Error& error) {
  if (error.code() == net::errc::invalid_url)
    return HubFailure(HubFailure::Kind::value, error.what());
  const int value = error.code().value();
  if (error.code().category() == net::error_category() && value >= 300 && value <= 599)
    return HubFailure(HubFailure::Kind::http, error.what(), value);
  return HubFailure(HubFailure::Kind::network, error.what(), errno_of(error.code()));
}

HubFailure translated(const python::Error& error) {
  if (error.code() == python::errc::no_hubconf)
    return HubFailure(HubFailure::Kind::system, error.what(), ENOENT);
  return HubFailure(error.code() == python::errc::bad_hubconf ? HubFailure::Kind::syntax
                                                              : HubFailure::Kind::other,
                    error.what());
}

HubFailure translated(const Error& error) {
  if (error.code() == errc::no_such_repository)
    return HubFailure(HubFailure::Kind::http, error.what(), kNotFound);
  const bool is_wrong =
      error.code() == errc::bad_repository_name || error.code() == errc::no_such_ref;
  return HubFailure(is_wrong ? HubFailure::Kind::value : HubFailure::Kind::other, error.what());
}

// Our errors as those that code written for Python's torch.hub knows.
template <class Body>
auto translated_errors(Body body) {
  try {
    return body();
  } catch (const python::PythonException&) {
    throw;
  } catch (const net::Error& error) {
    throw translated(error);
  } catch (const python::Error& error) {
    throw translated(error);
  } catch (const Error& error) {
    throw translated(error);
  } catch (const boost::system::system_error& error) {
    if (error.code() == cache::errc::hash_mismatch)
      throw HubFailure(HubFailure::Kind::hash, error.what());
    if (error.code().category() == boost::system::system_category() ||
        error.code().category() == boost::system::generic_category())
      throw HubFailure(HubFailure::Kind::system, error.what(), error.code().value());
    throw;
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
    translated_errors([&] {
      context.message("Downloading: \"" + net::redact_url(url) + "\" to " + dst);
      // As torch.hub does, which asks nobody about what is read-only.
      download_url_to_file(url, dst,
                           DownloadToFileOptions().hash_prefix(hash_prefix).force(true).stop(stop),
                           context);
    });
  };
  functions->checkpoint = [context, stop](const python::CheckpointRequest& request) {
    return translated_errors([&] {
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
    return translated_errors([&] { return load(request); });
  };
  if (!unsafe_checkpoints)
    functions->scan = [](const std::string& path) {
      return translated_errors([&] { return scan(path); });
    };
  return functions;
}

}  // namespace torchhub::detail
