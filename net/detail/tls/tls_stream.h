#ifndef TORCHHUB_NET_DETAIL_TLS_TLS_STREAM_H_
#define TORCHHUB_NET_DETAIL_TLS_TLS_STREAM_H_
// TLS over another stream. BoringSSL is fed from large reads of our own, and emptied record after
// record: a socket BIO would cost two system calls for each record of 16 KiB.

#include <torchhub/net/detail/stream/stream.h>
#include <torchhub/net/detail/tls/tls_context.h>

#include <memory>
#include <string>
#include <vector>

namespace torchhub::net::detail {

class TlsStream final : public Stream {
 public:
  /// `context` must outlive the stream.
  TlsStream(std::unique_ptr<Stream> below, TlsContext& context, const std::string& host,
            const std::string& server);
  ~TlsStream() override;

  struct Handshake {
    Handshake() = default;
    boost::system::error_code error;  ///< errc::certificate_rejected, errc::tls_failure, or below's
    std::string reason;               ///< what is wrong with the certificate, or with TLS
  };
  boost::asio::awaitable<Handshake> handshake();

  boost::asio::awaitable<ReadResult> read_some(std::span<std::byte> buffer) override;
  boost::asio::awaitable<boost::system::error_code> write(
      std::span<const std::byte> bytes) override;
  void expire_at(Time when) override { below_->expire_at(when); }
  void close() override { below_->close(); }

 private:
  struct Wire;  // what lies between BoringSSL and the stream below
  boost::asio::awaitable<boost::system::error_code> flush();
  boost::asio::awaitable<boost::system::error_code> feed();
  std::string rejection() const;

  std::unique_ptr<Stream> below_;
  TlsContext& context_;
  std::string host_;
  std::unique_ptr<Wire> wire_;
  bssl::UniquePtr<SSL> ssl_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TLS_TLS_STREAM_H_
