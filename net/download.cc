#include <torchhub/net/detail/transfer/transfer.h>
#include <torchhub/net/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/fetch.h>
#include <torchhub/net/url.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace torchhub::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

bool is_file_url(std::string_view text) {
  return text.starts_with("file:") || text.starts_with("FILE:");
}

Url parse_or_throw(const std::string& text) {
  auto url = Url::parse(text);
  if (!url && is_file_url(text)) {
    throw Error(url.error(), "\"" + redact_url(text) +
                                 "\" is a file of this machine, which is not downloaded: give its "
                                 "path where a file is wanted");
  }
  if (!url) {
    throw Error(url.error(), "\"" + redact_url(text) +
                                 "\" is not a URL that can be fetched: " + url.error().message());
  }
  return *url;
}

asio::awaitable<Received> download_on_strand(std::shared_ptr<detail::ClientState> client,
                                             std::vector<Url> urls, detail::Body& body,
                                             DownloadOptions options) {
  // What the downloader configuration puts in a URL's place are mirrors of it.
  std::vector<detail::Candidate> candidates;
  for (const Url& url : urls) {
    const std::vector<Url> amended = client->downloader_config().amend(url);
    for (const Url& asked : amended) candidates.push_back({url, asked});
  }
  const auto transfer =
      std::make_shared<detail::Transfer>(client, candidates, body, std::move(options));
  co_return co_await transfer->run();
}

asio::awaitable<Answer> fetch_on_strand(std::shared_ptr<detail::ClientState> client, Url url,
                                        DownloadOptions options) {
  const detail::Time deadline = options.deadline()
                                    ? std::chrono::steady_clock::now() + *options.deadline()
                                    : detail::Time::max();
  detail::Source source(client, url, client->downloader_config().amend(url).front(), options,
                        client->next_download++, deadline);
  detail::Connection* in_use = nullptr;
  detail::OpenAnswer answered = co_await source.ask(std::nullopt, std::string(), &in_use);
  const std::uint64_t limit = std::min(options.max_bytes(), kMaxAnswerBytes);
  Answer answer;
  detail::Bytes buffer(kReadBytes);
  for (;;) {
    const auto before = std::chrono::steady_clock::now();
    const std::size_t got = co_await answered.connection->read_body(buffer);
    if (got == 0) break;
    detail::judge_rate(client->options, answered, got, std::chrono::steady_clock::now() - before);
    answer.body.append(reinterpret_cast<const char*>(buffer.data()), got);
    if (answer.body.size() > limit) {
      throw Error(errc::too_large, answered.url->redacted() + ": the body is larger than the " +
                                       std::to_string(limit) + " bytes that were allowed");
    }
  }
  detail::give_back(*client, answered);
  answer.url = answered.url->redacted();
  answer.head = std::move(answered.head);
  co_return answer;
}

}  // namespace

asio::awaitable<Received> detail::download(Client& client, std::string url, Body& body,
                                           DownloadOptions options) {
  std::vector<Url> urls{parse_or_throw(url)};
  for (const std::string& mirror : options.mirrors()) urls.push_back(parse_or_throw(mirror));
  const auto& state = client.state();
  co_return co_await asio::co_spawn(
      state->strand, download_on_strand(state, std::move(urls), body, std::move(options)),
      asio::use_awaitable);
}

asio::awaitable<Answer> async_fetch(Client& client, std::string url, DownloadOptions options) {
  Url parsed = parse_or_throw(url);
  const auto& state = client.state();
  co_return co_await asio::co_spawn(state->strand,
                                    fetch_on_strand(state, std::move(parsed), std::move(options)),
                                    asio::use_awaitable);
}

}  // namespace torchhub::net
