#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/scan.h>
#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/error.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/python_hub_functions.h>
#include <torchhub/hub/download.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/error.h>
#include <torchhub/net/refusal.h>
#include <torchhub/net/url.h>
#include <torchhub/python/error.h>

#include <boost/asio/error.hpp>

#include <netdb.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace torchhub::detail {
namespace {

using python::HubFailure;

constexpr int kNotFound = 404;

// errno's number for a code of the operating system's or one that is as good; 0 for others.
int errno_of(const boost::system::error_code& code) {
  const boost::system::error_condition condition = code.default_error_condition();
  return condition.category() == boost::system::generic_category() ? condition.value() : 0;
}

// What getaddrinfo() returned, by the code that net has for it; 0 for other codes.
int name_failure_of(const boost::system::error_code& code) {
  if (code == boost::asio::error::host_not_found) return EAI_NONAME;
  if (code == boost::asio::error::host_not_found_try_again) return EAI_AGAIN;
  return code == boost::asio::error::no_recovery ? EAI_FAIL : 0;
}

HubFailure translated(const net::Error& error, const net::Refusal& refusal) {
  python::HubAnswer answer;
  answer.reason = refusal.head.reason;
  for (const net::Header& header : refusal.head.headers)
    answer.headers.emplace_back(header.name, header.value);
  answer.body = refusal.body;
  HubFailure::Kind kind = HubFailure::Kind::http;
  if (error.code() == net::errc::too_many_redirects) kind = HubFailure::Kind::loop;
  if (error.code() == net::errc::invalid_url || error.code() == net::errc::insecure_redirect)
    kind = HubFailure::Kind::redirect;
  return HubFailure(kind, error.what(), static_cast<int>(refusal.head.status), std::move(answer));
}

HubFailure translated(const net::Error& error, const std::string& /*path*/) {
  // A redirect's place, too, may be no URL: what the server said goes first.
  const bool is_answer = error.refusal() && error.refusal()->head.status >= 300;
  if (is_answer) return translated(error, *error.refusal());
  using Kind = HubFailure::Kind;
  const int value = error.code().value();
  if (error.code().category() == net::error_category()) {
    if (value >= 300 && value <= 599) return HubFailure(Kind::http, error.what(), value);
    switch (static_cast<net::errc>(value)) {
      case net::errc::invalid_url:
        return HubFailure(Kind::url, error.what());
      case net::errc::certificate_rejected:
      case net::errc::no_certificates:
        return HubFailure(Kind::trust, error.what());
      case net::errc::tls_failure:
        return HubFailure(Kind::tls, error.what());
      default:
        break;
    }
  }
  if (const int number = name_failure_of(error.code()); number != 0)
    return HubFailure(Kind::name, error.what(), number);
  return HubFailure(Kind::network, error.what(), errno_of(error.code()));
}

HubFailure translated(const python::Error& error, const std::string& /*path*/) {
  if (error.code() == python::errc::no_hubconf)
    return HubFailure(HubFailure::Kind::system, error.what(), ENOENT, error.file());
  return HubFailure(error.code() == python::errc::bad_hubconf ? HubFailure::Kind::syntax
                                                              : HubFailure::Kind::other,
                    error.what(), 0, error.file());
}

HubFailure translated(const Error& error, const std::string& /*path*/) {
  if (error.code() == errc::no_such_repository)
    return HubFailure(HubFailure::Kind::http, error.what(), kNotFound);
  const bool is_wrong =
      error.code() == errc::bad_repository_name || error.code() == errc::no_such_ref;
  return HubFailure(is_wrong ? HubFailure::Kind::value : HubFailure::Kind::other, error.what());
}

// Our errors as those that code written for Python's torch.hub knows. `path` is what an error of the operating system's
// is about, "" where nothing is.
template <class Body>
auto translated_errors(const std::string& path, Body body) {
  try {
    return body();
  } catch (const python::PythonException&) {
    throw;
  } catch (const net::Error& error) {
    throw translated(error, path);
  } catch (const python::Error& error) {
    throw translated(error, path);
  } catch (const Error& error) {
    throw translated(error, path);
  } catch (const boost::system::system_error& error) {
    if (error.code() == cache::errc::hash_mismatch)
      throw HubFailure(HubFailure::Kind::hash, error.what());
    if (error.code().category() == boost::system::system_category() ||
        error.code().category() == boost::system::generic_category())
      throw HubFailure(HubFailure::Kind::system, error.what(), error.code().value(), path);
    throw;
  }
}

// Where load_state_dict_from_url has the file.
std::string file_of(const python::CheckpointRequest& request, const Context& context) {
  std::string name = request.file_name;
  if (const auto of_url = cache::checkpoint_name(request.url); of_url && name.empty())
    name = *of_url;
  const std::filesystem::path folder = request.model_dir.empty()
                                           ? context.paths().hub_dir() / "checkpoints"
                                           : std::filesystem::path(request.model_dir);
  return (folder / name).string();
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
    translated_errors(dst, [&] {
      context.message("Downloading: \"" + net::redact_url(url) + "\" to " + dst);
      // As torch.hub does, which asks nobody about what is read-only.
      download_url_to_file(url, dst,
                           DownloadToFileOptions().hash_prefix(hash_prefix).force(true).stop(stop),
                           context);
    });
  };
  functions->checkpoint = [context, stop](const python::CheckpointRequest& request) {
    return translated_errors(file_of(request, context), [&] {
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
    return translated_errors("", [&] { return load(request); });
  };
  if (!unsafe_checkpoints)
    functions->scan = [](const std::string& path) {
      return translated_errors(path, [&] { return scan(path); });
    };
  return functions;
}

}  // namespace torchhub::detail
