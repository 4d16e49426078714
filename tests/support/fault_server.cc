#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/test_ca.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

namespace torchhub::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

FaultRequest parse(const std::string& text) {
  FaultRequest request;
  std::istringstream lines(text);
  std::string method;
  std::string line;
  lines >> method >> request.target;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string value = line.substr(colon + 1);
    value.erase(0, value.find_first_not_of(' '));
    while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
    request.headers[name] = value;
  }
  const auto range = request.headers.find("range");
  if (range != request.headers.end() && range->second.starts_with("bytes=")) {
    const std::string text_of = range->second.substr(6);
    const std::size_t dash = text_of.find('-');
    const std::uint64_t first = std::stoull(text_of.substr(0, dash));
    const std::string last = text_of.substr(dash + 1);
    request.range = {first, last.empty() ? FaultReply::kNever : std::stoull(last) + 1};
  }
  return request;
}

}  // namespace

struct FaultServer::Impl {
  Impl(Handler handle, Transport how, const std::string& names)
      : handler(std::move(handle)), transport(how), certificate(make_server_certificate(names)) {
    tls.use_certificate_chain(asio::buffer(certificate.certificate));
    tls.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
    accepting = std::thread([this] { accept_all(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      is_over = true;
      over.notify_all();
      for (const int descriptor : open) ::shutdown(descriptor, SHUT_RDWR);
    }
    ::shutdown(acceptor.native_handle(), SHUT_RDWR);
    accepting.join();
    for (std::thread& thread : serving) thread.join();
  }

  void accept_all() {
    for (;;) {
      tcp::socket socket(io);
      error_code error;
      acceptor.accept(socket, error);
      const std::lock_guard lock(mutex);
      if (error || is_over) return;
      open.insert(socket.native_handle());
      serving.emplace_back(
          [this, number = connection_count++, moved = std::move(socket)]() mutable {
            serve(std::move(moved), number);
          });
    }
  }

  void serve(tcp::socket socket, std::size_t number) {
    const int descriptor = socket.native_handle();
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (transport == Transport::plain) {
      converse(socket, socket, number);
    } else {
      asio::ssl::stream<tcp::socket&> stream(socket, tls);
      error_code error;
      stream.handshake(asio::ssl::stream_base::server, error);
      if (!error && converse(stream, socket, number)) stream.shutdown(ignored);
    }
    const std::lock_guard lock(mutex);
    open.erase(descriptor);
  }

  // Answers until the connection ends. Whether it should end in order.
  template <class Stream>
  bool converse(Stream& stream, tcp::socket& socket, std::size_t number) {
    std::string buffer;
    for (;;) {
      error_code error;
      const std::size_t length =
          asio::read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n", error);
      if (error) return false;
      FaultRequest request = parse(buffer.substr(0, length));
      buffer.erase(0, length);
      request.connection = number;
      FaultReply reply;
      {
        const std::lock_guard lock(mutex);
        request.number = recorded.size();
        recorded.push_back(request);
        reply = handler(request);
      }
      if (!answer(stream, socket, reply)) return reply.says_goodbye;
      if (reply.closes) return reply.says_goodbye;
    }
  }

  // Waits without holding anything up; false when the server ends.
  bool wait(std::chrono::steady_clock::duration time) {
    std::unique_lock lock(mutex);
    return !over.wait_for(lock, time, [&] { return is_over; });
  }

  template <class Stream>
  bool write(Stream& stream, const std::string& bytes) {
    error_code error;
    asio::write(stream, asio::buffer(bytes), error);
    return !error;
  }

  // Whether the connection goes on.
  template <class Stream>
  bool answer(Stream& stream, tcp::socket& socket, const FaultReply& reply) {
    if (reply.delay.count() > 0 && !wait(reply.delay)) return false;
    if (!reply.raw.empty()) {
      write(stream, reply.raw);
      return false;
    }
    const std::string_view body = reply.view.data() ? reply.view : std::string_view(reply.body);
    const std::uint64_t size = reply.content ? reply.made_bytes : body.size();
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Whatever\r\n";
    for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
    if (reply.is_chunked) {
      head += "Transfer-Encoding: chunked\r\n";
    } else if (reply.has_length && !reply.headers.contains("Content-Length")) {
      head += "Content-Length: " + std::to_string(size) + "\r\n";
    }
    if (!write(stream, head + "\r\n")) return false;
    const auto start = std::chrono::steady_clock::now();
    std::string piece;
    for (std::uint64_t at = 0;;) {
      if (at >= reply.stall_after) {
        wait(std::chrono::hours(1));
        return false;
      }
      if (at >= reply.cut_after) {
        if (reply.is_reset) socket.set_option(asio::socket_base::linger(true, 0));
        return false;
      }
      if (at >= size) break;
      const std::size_t sip = reply.bytes_per_second
                                  ? std::max<std::size_t>(reply.bytes_per_second / 50, 1)
                                  : kPieceBytes;
      const std::uint64_t stop =
          std::min({size, at + std::min(sip, kPieceBytes), reply.stall_after, reply.cut_after});
      if (reply.pace) reply.pace(static_cast<std::size_t>(stop - at));
      if (reply.content) {
        piece.resize(static_cast<std::size_t>(stop - at));
        for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = reply.content(at + i);
      } else {
        piece = body.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(stop - at));
      }
      if (reply.is_chunked) {
        std::ostringstream chunk;
        chunk << std::hex << piece.size() << "\r\n" << piece << "\r\n";
        if (!write(stream, chunk.str())) return false;
      } else if (!write(stream, piece)) {
        return false;
      }
      sent_bytes += stop - at;
      at = stop;
      if (reply.bytes_per_second) {
        const std::chrono::duration<double> due(static_cast<double>(at) /
                                                static_cast<double>(reply.bytes_per_second));
        const auto left = start + due - std::chrono::steady_clock::now();
        if (left.count() > 0 &&
            !wait(std::chrono::duration_cast<std::chrono::steady_clock::duration>(left)))
          return false;
      }
    }
    if (reply.is_chunked && !write(stream, "0\r\n\r\n")) return false;
    return reply.has_length || reply.is_chunked;
  }

  const Handler handler;
  const Transport transport;
  const ServerCertificate certificate;
  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::mutex mutex;
  std::condition_variable over;
  bool is_over = false;
  std::set<int> open;
  std::list<std::thread> serving;
  std::vector<FaultRequest> recorded;
  std::size_t connection_count = 0;
  std::atomic<std::uint64_t> sent_bytes{0};
  std::thread accepting;
};

FaultServer::FaultServer(Handler handler, Transport transport, const std::string& names)
    : impl_(std::make_unique<Impl>(std::move(handler), transport, names)) {}

FaultServer::~FaultServer() = default;

std::uint16_t FaultServer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::string FaultServer::url() const {
  return (impl_->transport == Transport::tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
         std::to_string(port());
}

const std::string& FaultServer::authority() const { return impl_->certificate.authority; }

std::vector<FaultRequest> FaultServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->recorded;
}

std::size_t FaultServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connection_count;
}

std::uint64_t FaultServer::sent() const { return impl_->sent_bytes; }

FaultReply serve_made(std::uint64_t total, const std::function<char(std::uint64_t)>& content,
                      const FaultRequest& request, const std::string& etag) {
  FaultReply reply;
  reply.headers = {{"Accept-Ranges", "bytes"}};
  if (!etag.empty()) reply.headers["ETag"] = etag;
  std::uint64_t first = 0;
  std::uint64_t end = total;
  const auto if_range = request.headers.find("if-range");
  const bool is_current = if_range == request.headers.end() || if_range->second == etag;
  if (request.range && is_current) {
    if (request.range->first >= total) {
      reply.status = 416;
      reply.headers["Content-Range"] = "bytes */" + std::to_string(total);
      return reply;
    }
    first = request.range->first;
    end = std::min(request.range->second, total);
    reply.status = 206;
    reply.headers["Content-Range"] = "bytes " + std::to_string(first) + "-" +
                                     std::to_string(end - 1) + "/" + std::to_string(total);
  }
  reply.made_bytes = end - first;
  reply.content = [first, content](std::uint64_t at) { return content(first + at); };
  return reply;
}

FaultReply serve(const std::string& content, const FaultRequest& request, const std::string& etag) {
  FaultReply reply = serve_made(
      content.size(), [](std::uint64_t) { return '\0'; }, request, etag);
  if (reply.status == 416) return reply;
  const std::uint64_t first = reply.status == 206 ? request.range->first : 0;
  reply.body =
      content.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(reply.made_bytes));
  reply.content = nullptr;
  return reply;
}

std::string pattern(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (char& c : text) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    c = static_cast<char>(state >> 32);
  }
  return text;
}

}  // namespace torchhub::tests
