#include <torchhub/net/client.h>
#include <torchhub/net/detail/client/client_state.h>

namespace torchhub::net {

Client::Client(boost::asio::any_io_executor executor, ClientOptions options)
    : executor_(std::move(executor)),
      state_(std::make_shared<detail::ClientState>(executor_, std::move(options))) {}

Client::~Client() = default;

void Client::set_rate_limit(std::uint64_t bytes_per_second) {
  state_->wanted_limit = bytes_per_second;
}

Client::Handshakes Client::handshakes() const {
  if (!state_->has_tls()) return {};
  return {state_->tls().full_handshakes, state_->tls().resumed_handshakes};
}

}  // namespace torchhub::net
