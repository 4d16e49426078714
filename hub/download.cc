#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/hub/download.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace torchhub {
namespace {

namespace asio = boost::asio;

asio::awaitable<DownloadedFile> download_one(net::Client& client, FileDownload wanted) {
  const std::string prefix = detail::checked_hash_prefix(wanted.options.hash_prefix());
  if (std::filesystem::is_directory(wanted.path)) {
    const boost::system::error_code code(EISDIR, boost::system::system_category());
    throw cache::Error(code, wanted.path.string() + ": cannot be written: " + code.message());
  }
  co_return co_await detail::download_to(client, wanted.url, wanted.path, prefix, wanted.options);
}

// All at once: which of them get connections, and when, is the client's affair.
asio::awaitable<std::vector<FileOutcome>> download_all(net::Client& client,
                                                       std::vector<FileDownload> files) {
  const auto executor = co_await asio::this_coro::executor;
  const auto begin = [&](FileDownload file) {
    return asio::co_spawn(executor, download_one(client, std::move(file)), asio::deferred);
  };
  std::vector<decltype(begin(files.front()))> operations;
  for (FileDownload& file : files) operations.push_back(begin(std::move(file)));
  auto [order, failures, downloaded] =
      co_await asio::experimental::make_parallel_group(std::move(operations))
          .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  std::vector<FileOutcome> outcomes(failures.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    outcomes[i].failure = failures[i];
    outcomes[i].file = std::move(downloaded[i]);
  }
  co_return outcomes;
}

}  // namespace

DownloadedFile download_url_to_file(std::string_view url, const std::filesystem::path& path,
                                    const DownloadToFileOptions& options, const Context& context) {
  FileDownload wanted;
  wanted.url = url;
  wanted.path = path;
  wanted.options = options;
  detail::Session session(context.client_options());
  return session.run(download_one(session.client(), std::move(wanted)), options.stop());
}

std::vector<FileOutcome> download_files(std::vector<FileDownload> files, std::stop_token stop,
                                        const Context& context) {
  if (files.empty()) return {};
  detail::Session session(context.client_options());
  return session.run(download_all(session.client(), std::move(files)), std::move(stop));
}

}  // namespace torchhub
