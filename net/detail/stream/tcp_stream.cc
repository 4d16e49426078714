#include <torchhub/net/detail/stream/tcp_stream.h>
#include <torchhub/net/error.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace torchhub::net::detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
}

// The timer's handler may outlive the stream.
struct TcpStream::State {
  explicit State(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}

  // What the operation that ended with `code` is to report.
  error_code verdict(error_code code) const {
    return code && is_expired ? make_error_code(errc::timed_out) : code;
  }

  tcp::socket socket;
  asio::steady_timer timer;
  Time when = Time::max();
  bool is_expired = false;
  bool is_watched = false;
};

TcpStream::TcpStream(const asio::any_io_executor& executor)
    : state_(std::make_shared<State>(executor)) {}

TcpStream::~TcpStream() { close(); }

void TcpStream::close() {
  state_->timer.cancel();
  error_code ignored;
  state_->socket.close(ignored);
}

// The timer is not set anew for each operation: it looks, when it fires, whether its time has come.
void TcpStream::watch(const std::shared_ptr<State>& state) {
  state->is_watched = true;
  state->timer.expires_at(state->when);
  state->timer.async_wait([weak = std::weak_ptr<State>(state)](error_code) {
    const auto living = weak.lock();
    if (!living || !living->socket.is_open()) return;
    living->is_watched = false;
    // Nobody waits for anything: a timer would keep the program's loop from ending.
    if (living->when == Time::max()) return;
    if (std::chrono::steady_clock::now() < living->when) return watch(living);
    living->is_expired = true;
    error_code ignored;
    living->socket.close(ignored);
  });
}

void TcpStream::expire_at(Time when) {
  state_->when = when;
  if (!state_->is_watched) {
    if (state_->socket.is_open() && when != Time::max()) watch(state_);
  } else if (when < state_->timer.expiry() || when == Time::max()) {
    // The waiting handler runs, and watches for the new time.
    state_->timer.cancel();
  }
}

asio::awaitable<error_code> TcpStream::connect(tcp::endpoint endpoint) {
  error_code failure;
  state_->socket.open(endpoint.protocol(), failure);
  if (failure) co_return failure;
  state_->socket.set_option(tcp::no_delay(true), failure);
  watch(state_);
  auto [error] = co_await state_->socket.async_connect(endpoint, kAsTuple);
  co_return state_->verdict(error);
}

asio::awaitable<ReadResult> TcpStream::read_some(std::span<std::byte> buffer) {
  auto [error, bytes] =
      co_await state_->socket.async_read_some(asio::buffer(buffer.data(), buffer.size()), kAsTuple);
  if (error) co_return ReadResult(state_->verdict(error));
  co_return ReadResult(bytes);
}

asio::awaitable<error_code> TcpStream::write(std::span<const std::byte> bytes) {
  auto [error, written] = co_await asio::async_write(
      state_->socket, asio::buffer(bytes.data(), bytes.size()), kAsTuple);
  co_return state_->verdict(error);
}

}  // namespace torchhub::net::detail
