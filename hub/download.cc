#include <torchhub/cache/file_digest.h>
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

// Whether the file is there and its hash says that it is the one that is wanted.
bool is_same(const std::filesystem::path& path, const detail::ExpectedContent& expected) {
  std::error_code absent;
  return !expected.prefix.empty() && std::filesystem::is_regular_file(path, absent) &&
         expected.fits(cache::file_digest(path));
}

asio::awaitable<DownloadedFile> download_one(net::Client& client, const Context& context,
                                             FileDownload file) {
  detail::VerifiedDownload wanted;
  wanted.expected = detail::expected_content(context, file.url, file.options.hash_prefix());
  if (std::filesystem::is_directory(file.path)) {
    const boost::system::error_code code(EISDIR, boost::system::system_category());
    throw cache::Error(code, file.path.string() + ": cannot be written: " + code.message());
  }
  wanted.url = file.url;
  wanted.target = file.path;
  wanted.options = file.options;
  const auto is_good_already = [path = file.path, expected = wanted.expected](bool) {
    return is_same(path, expected);
  };
  wanted.is_good_already = is_good_already;
  DownloadedFile result = co_await detail::download_to(client, context, std::move(wanted));
  if (result.sha256.empty()) result.sha256 = cache::file_digest(result.path);
  co_return result;
}

// All at once: which of them get connections, and when, is the client's affair.
asio::awaitable<std::vector<FileOutcome>> download_all(net::Client& client, const Context& context,
                                                       std::vector<FileDownload> files) {
  const auto executor = co_await asio::this_coro::executor;
  const auto begin = [&](FileDownload file) {
    return asio::co_spawn(executor, download_one(client, context, std::move(file)), asio::deferred);
  };
  std::vector<decltype(begin(files.front()))> operations;
  operations.reserve(files.size());
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
  return session.run(download_one(session.client(), context, std::move(wanted)), options.stop());
}

std::vector<FileOutcome> download_files(std::vector<FileDownload> files, std::stop_token stop,
                                        const Context& context) {
  if (files.empty()) return {};
  detail::Session session(context.client_options());
  return session.run(download_all(session.client(), context, std::move(files)), std::move(stop));
}

}  // namespace torchhub
