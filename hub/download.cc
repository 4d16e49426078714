#include <torchhub/cache/file_digest.h>
#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/hub/download.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <algorithm>
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

// Enough for every connection to one server to be busy while files begin and end.
constexpr rlim_t kMostFilesAtOnce = 16;
// A part, its journal and a server's connections.
constexpr rlim_t kDescriptorsPerFile = 12;
constexpr rlim_t kOtherDescriptors = 48;

// How many files may be in the making, by what the process may have open.
std::size_t files_at_once() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return kMostFilesAtOnce;
  const rlim_t spare = limit.rlim_cur - std::min(limit.rlim_cur, kOtherDescriptors);
  return std::clamp<rlim_t>(spare / kDescriptorsPerFile, 1, kMostFilesAtOnce);
}

struct Batch {
  std::vector<FileDownload> files;
  std::vector<FileOutcome> outcomes;
  std::size_t next = 0;
};

// Takes file after file until all are begun.
asio::awaitable<void> work_on(net::Client& client, const Context& context, Batch& batch) {
  while (batch.next < batch.files.size()) {
    const std::size_t i = batch.next++;
    FileOutcome& outcome = batch.outcomes[i];
    try {
      outcome.file = co_await download_one(client, context, std::move(batch.files[i]));
    } catch (...) {
      outcome.failure = std::current_exception();
    }
  }
}

// Which of those that are begun get connections, and when, is the client's affair.
asio::awaitable<std::vector<FileOutcome>> download_all(net::Client& client, const Context& context,
                                                       std::vector<FileDownload> files) {
  const auto executor = co_await asio::this_coro::executor;
  Batch batch;
  batch.files = std::move(files);
  batch.outcomes.resize(batch.files.size());
  const auto begin = [&] {
    return asio::co_spawn(executor, work_on(client, context, batch), asio::deferred);
  };
  std::vector<decltype(begin())> workers;
  for (std::size_t i = 0; i < std::min(files_at_once(), batch.files.size()); ++i)
    workers.push_back(begin());
  co_await asio::experimental::make_parallel_group(std::move(workers))
      .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  co_return std::move(batch.outcomes);
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
