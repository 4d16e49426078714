#ifndef TORCHHUB_TESTS_SUPPORT_FAULT_SERVER_H_
#define TORCHHUB_TESTS_SUPPORT_FAULT_SERVER_H_
// A server that does what a test tells it, for the faults that a real one can't be made to show.
//
//   tests::FaultServer server([&](const tests::FaultRequest& request) {
//     tests::FaultReply reply = tests::serve(content, request);
//     if (request.number == 0) reply.cut_after = 1000;     // the first answer breaks off
//     return reply;
//   });
//   download(server.url() + "/file");
//
// A thread for each connection. Thread safety: the handler is called by one thread at a time.

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::tests {

struct FaultRequest {
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::size_t number = 0;                      ///< how many requests came before
  std::size_t connection = 0;                  ///< how many connections were opened before its own
  /// The range that was asked for, first byte and one past the last.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range;
};

struct FaultReply {
  unsigned status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  std::string_view view;  ///< a body that outlives the server, instead of `body`
  /// A body of so many bytes that is made as it is sent: byte `i` of it is content(i).
  std::uint64_t made_bytes = 0;
  std::function<char(std::uint64_t)> content;
  std::string raw;  ///< all that is sent, then the end; the rest counts not
  bool is_chunked = false;
  bool has_length = true;              ///< a Content-Length, unless it is chunked
  std::chrono::milliseconds delay{0};  ///< before the first byte
  std::uint64_t cut_after = kNever;    ///< bytes of the body, then the connection ends
  std::uint64_t stall_after = kNever;  ///< bytes of the body, then nothing more comes
  bool is_reset = false;               ///< the end is a TCP reset
  std::uint64_t bytes_per_second = 0;  ///< 0 for no limit
  /// Called before so many bytes of the body are sent; may block, and share a line with others.
  std::function<void(std::size_t)> pace;
  bool closes = false;       ///< the connection ends after the body
  bool says_goodbye = true;  ///< TLS ends with close_notify

  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
};

class FaultServer {
 public:
  using Handler = std::function<FaultReply(const FaultRequest&)>;
  enum class Transport { plain, tls };

  explicit FaultServer(Handler handler, Transport transport = Transport::plain,
                       const std::string& names = "IP:127.0.0.1,DNS:localhost");
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;
  ~FaultServer();

  std::string url() const;
  std::uint16_t port() const;
  /// PEM, for SSL_CERT_FILE.
  const std::string& authority() const;

  std::vector<FaultRequest> requests() const;
  std::size_t connections() const;
  /// Bytes of bodies that were sent.
  std::uint64_t sent() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a faultless server answers: 206 for a range, 416 beyond the end, a strong ETag.
FaultReply serve(const std::string& content, const FaultRequest& request,
                 const std::string& etag = "\"v1\"");

/// The same for a file of `total` bytes whose byte `i` is content(i).
FaultReply serve_made(std::uint64_t total, const std::function<char(std::uint64_t)>& content,
                      const FaultRequest& request, const std::string& etag = "\"v1\"");

/// `size` bytes that look random and are the same each time.
std::string pattern(std::size_t size, unsigned seed = 1);

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_FAULT_SERVER_H_
