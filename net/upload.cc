#include <torchhub/net/detail/client/dial.h>
#include <torchhub/net/error.h>
#include <torchhub/net/upload.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace torchhub::net {
namespace {

namespace asio = boost::asio;

asio::awaitable<ResponseHead> upload_on_strand(std::shared_ptr<detail::ClientState> client, Url url,
                                               UploadBody body) {
  const Url asked = client->downloader_config().amend(url).front();
  std::vector<Header> headers{{"Content-Type", "application/octet-stream"}};
  if (!asked.credentials().empty())
    headers.push_back({"Authorization", detail::basic_authorization(asked.credentials())});
  const std::unique_ptr<detail::Connection> connection =
      co_await detail::dial(*client, asked, detail::Time::max());
  ResponseHead head = co_await connection->put(asked, std::move(headers), std::move(body));
  if (head.status / 100 != 2) {
    throw Error(errc_of_status(head.status), asked.redacted() + ": the server answered " +
                                                 std::to_string(head.status) + " " + head.reason +
                                                 " to an upload");
  }
  co_return head;
}

}  // namespace

asio::awaitable<ResponseHead> async_upload(Client& client, std::string url, UploadBody body) {
  const auto parsed = Url::parse(url);
  if (!parsed) {
    throw Error(parsed.error(),
                "\"" + redact_url(url) +
                    "\" is not a URL that can be uploaded to: " + parsed.error().message());
  }
  const auto& state = client.state();
  co_return co_await asio::co_spawn(
      state->strand, upload_on_strand(state, *parsed, std::move(body)), asio::use_awaitable);
}

}  // namespace torchhub::net
