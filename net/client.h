#ifndef TORCHHUB_NET_CLIENT_H_
#define TORCHHUB_NET_CLIENT_H_
// What the downloads of a program share: an executor, the certificates to trust, the time-outs.
//
//   asio::io_context io;
//   net::Client client(io.get_executor());
//   asio::co_spawn(io, fetch_all(client), asio::detached);
//
// Thread safety: a Client may be used by coroutines of one executor; it must outlive them.

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace boost::asio::ssl {
class context;
}

namespace torchhub::net {

class ClientOptions {
 public:
  ClientOptions() = default;

  /// Time for one address to accept a connection, TLS handshake included. Default: 10 s.
  ClientOptions& connect_timeout(std::chrono::steady_clock::duration value) {
    connect_timeout_ = value;
    return *this;
  }
  std::chrono::steady_clock::duration connect_timeout() const { return connect_timeout_; }

  /// Time from the request to the end of the answer's headers. Default: 30 s.
  ClientOptions& header_timeout(std::chrono::steady_clock::duration value) {
    header_timeout_ = value;
    return *this;
  }
  std::chrono::steady_clock::duration header_timeout() const { return header_timeout_; }

  /// Time without one byte of the body. Default: 30 s.
  ClientOptions& stall_timeout(std::chrono::steady_clock::duration value) {
    stall_timeout_ = value;
    return *this;
  }
  std::chrono::steady_clock::duration stall_timeout() const { return stall_timeout_; }

  /// Redirects followed for one URL. Default: 10, as browsers' and Python's urllib.
  ClientOptions& max_redirects(unsigned value) {
    max_redirects_ = value;
    return *this;
  }
  unsigned max_redirects() const { return max_redirects_; }

  /// Default: "torchhub".
  ClientOptions& user_agent(std::string value) {
    user_agent_ = std::move(value);
    return *this;
  }
  const std::string& user_agent() const { return user_agent_; }

 private:
  std::chrono::steady_clock::duration connect_timeout_ = std::chrono::seconds(10);
  std::chrono::steady_clock::duration header_timeout_ = std::chrono::seconds(30);
  std::chrono::steady_clock::duration stall_timeout_ = std::chrono::seconds(30);
  unsigned max_redirects_ = 10;
  std::string user_agent_ = "torchhub";
};

class Client {
 public:
  explicit Client(boost::asio::any_io_executor executor, ClientOptions options = ClientOptions());
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  const boost::asio::any_io_executor& executor() const { return executor_; }
  const ClientOptions& options() const { return options_; }

  /// TLS 1.2 and 1.3 only, chain and name always verified. The trust roots are those of
  /// SSL_CERT_FILE and SSL_CERT_DIR, else the system's; they are read at the first call.
  /// Throws: errc::no_certificates where the named file or folder can't be read.
  boost::asio::ssl::context& tls();

 private:
  boost::asio::any_io_executor executor_;
  ClientOptions options_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_CLIENT_H_
