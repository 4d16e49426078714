#include <torchhub/tests/support/github_answers.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/test_ca.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

namespace torchhub::tests {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct HubServer::Impl {
  Impl(Transport chosen, const std::string& names)
      : transport(chosen), certificate(make_server_certificate(names)) {
    tls.use_certificate_chain(asio::buffer(certificate.certificate));
    tls.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
    asio::co_spawn(io, accept_all(), asio::detached);
    thread = std::thread([this] { io.run(); });
  }

  std::string base_url() const {
    return (transport == Transport::tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(acceptor.local_endpoint().port());
  }

  asio::awaitable<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
      if (error) co_return;
      asio::co_spawn(io, serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    beast::tcp_stream plain(std::move(socket));
    if (transport == Transport::plain) {
      co_await converse(plain);
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> secure(std::move(plain), tls);
    auto [error] = co_await secure.async_handshake(asio::ssl::stream_base::server, kAsTuple);
    if (error) co_return;
    if (co_await converse(secure)) co_await secure.async_shutdown(kAsTuple);
  }

  // One request and its answer. Whether the connection is to be ended in an orderly way.
  template <class Stream>
  asio::awaitable<bool> converse(Stream& stream) {
    beast::flat_buffer buffer;
    Request request;
    auto [read_error, read] = co_await http::async_read(stream, buffer, request, kAsTuple);
    if (read_error) co_return false;
    const std::optional<CannedAnswer> canned = record(request);
    if (canned && canned->silent) {
      // Nothing is ever said; the connection lives as long as the server.
      asio::steady_timer forever(io, asio::steady_timer::time_point::max());
      co_await forever.async_wait(kAsTuple);
      co_return false;
    }
    if (canned && !canned->raw.empty()) {
      co_await asio::async_write(stream, asio::buffer(canned->raw), kAsTuple);
      co_return false;
    }
    Response response = canned ? from_canned(*canned) : answer(request);
    co_await http::async_write(stream, response, kAsTuple);
    co_return true;
  }

  std::optional<CannedAnswer> record(const Request& request) {
    const std::lock_guard lock(mutex);
    const std::string target(request.target());
    recorded.push_back({target, std::string(request[http::field::authorization]),
                        std::string(request[http::field::user_agent])});
    if (const auto once = single_answers.extract(target)) return once.mapped();
    if (const auto found = authorized_answers.find(target);
        found != authorized_answers.end() && !recorded.back().authorization.empty())
      return found->second;
    if (const auto found = canned_answers.find(target); found != canned_answers.end())
      return found->second;
    const auto found = canned_answers.find(target.substr(0, target.find('?')));
    return found == canned_answers.end() ? std::nullopt
                                         : std::optional<CannedAnswer>(found->second);
  }

  Response answer(const Request& request) {
    const std::lock_guard lock(mutex);
    return answer_as_github(repositories, base_url(), request);
  }

  static Response from_canned(const CannedAnswer& canned) {
    Response response = make_response(static_cast<http::status>(canned.status), canned.body);
    for (const auto& [name, value] : canned.headers) response.set(name, value);
    return response;
  }

  const Transport transport;
  const ServerCertificate certificate;
  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  mutable std::mutex mutex;
  GithubRepositories repositories;
  std::map<std::string, CannedAnswer> canned_answers;
  std::map<std::string, CannedAnswer> single_answers;
  std::map<std::string, CannedAnswer> authorized_answers;
  std::vector<RecordedRequest> recorded;
  std::thread thread;
};

HubServer::HubServer(Transport transport, const std::string& names)
    : impl_(std::make_unique<Impl>(transport, names)) {}

HubServer::~HubServer() {
  impl_->io.stop();
  impl_->thread.join();
}

void HubServer::add_branch(const std::string& repository, const std::string& ref,
                           const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].branches.push_back({ref, commit(repository, ref), folder});
}

void HubServer::add_tag(const std::string& repository, const std::string& ref,
                        const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].tags.push_back({ref, commit(repository, ref), folder});
}

void HubServer::add_commit(const std::string& repository, const std::string& name,
                           const std::string& ref) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].commits.push_back({commit(repository, name), ref});
}

void HubServer::set_default_branch(const std::string& repository, const std::string& ref) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].default_branch = ref;
}

void HubServer::set_private(const std::string& repository, const std::string& token) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].token = token;
}

void HubServer::add_release(const std::string& repository, const std::string& tag,
                            const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].releases[tag] = folder;
}

void HubServer::answer(const std::string& target, CannedAnswer answer) {
  const std::lock_guard lock(impl_->mutex);
  impl_->canned_answers[target] = std::move(answer);
}

void HubServer::answer_once(const std::string& target, CannedAnswer answer) {
  const std::lock_guard lock(impl_->mutex);
  impl_->single_answers[target] = std::move(answer);
}

void HubServer::answer_authorized(const std::string& target, CannedAnswer answer) {
  const std::lock_guard lock(impl_->mutex);
  impl_->authorized_answers[target] = std::move(answer);
}

std::string HubServer::url() const { return impl_->base_url(); }

std::string HubServer::api_url() const { return impl_->base_url() + "/api/v3"; }

const std::string& HubServer::authority() const { return impl_->certificate.authority; }

std::string HubServer::commit(const std::string& repository, const std::string& ref) {
  return made_up_id(repository + ':' + ref);
}

std::vector<RecordedRequest> HubServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->recorded;
}

std::size_t HubServer::count_requests(const std::string& part) const {
  const std::vector<RecordedRequest> all = requests();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(),
      [&](const RecordedRequest& request) { return request.target.find(part) != part.npos; }));
}

}  // namespace torchhub::tests
