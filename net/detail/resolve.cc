#include <torchhub/net/detail/resolve.h>
#include <torchhub/net/error.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netdb.h>

#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Shared by the one who asks and the thread that waits for the resolver.
struct Lookup {
  std::mutex mutex;
  std::function<void()> wake;  // empty once nobody waits any more
  bool is_done = false;
  Addresses addresses;
};

// Nobody is woken who has gone.
class Waiting {
 public:
  explicit Waiting(std::shared_ptr<Lookup> lookup) : lookup_(std::move(lookup)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    const std::lock_guard lock(lookup_->mutex);
    lookup_->wake = nullptr;
  }

 private:
  std::shared_ptr<Lookup> lookup_;
};

error_code code_of(int failure) {
  switch (failure) {
    case EAI_AGAIN:
      return asio::error::host_not_found_try_again;
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
      return asio::error::host_not_found;
    case EAI_SYSTEM:
      return {errno, boost::system::system_category()};
    default:
      return asio::error::no_recovery;
  }
}

Addresses look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  Addresses addresses;
  if (const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found)) {
    addresses.error = code_of(failure);
    return addresses;
  }
  for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    endpoint.port(port);
    addresses.endpoints.push_back(endpoint);
  }
  freeaddrinfo(found);
  if (addresses.endpoints.empty()) addresses.error = asio::error::host_not_found;
  return addresses;
}

}  // namespace

asio::awaitable<Addresses> resolve(asio::any_io_executor executor, std::string host,
                                   std::uint16_t port, Time deadline) {
  error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) {
    Addresses addresses;
    addresses.endpoints.emplace_back(address, port);
    co_return addresses;
  }
  const auto timer = std::make_shared<asio::steady_timer>(executor, deadline);
  const auto lookup = std::make_shared<Lookup>();
  lookup->wake = [executor, weak = std::weak_ptr<asio::steady_timer>(timer)] {
    asio::post(executor, [weak] {
      if (const auto living = weak.lock()) living->cancel();
    });
  };
  const Waiting waiting(lookup);
  std::thread([lookup, host, port] {
    Addresses addresses = look_up(host, port);
    const std::lock_guard lock(lookup->mutex);
    lookup->addresses = std::move(addresses);
    lookup->is_done = true;
    if (lookup->wake) lookup->wake();
  }).detach();
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));

  const std::lock_guard lock(lookup->mutex);
  if (lookup->is_done) co_return std::move(lookup->addresses);
  Addresses late;
  late.error = std::chrono::steady_clock::now() >= deadline
                   ? make_error_code(errc::timed_out)
                   : error_code(asio::error::operation_aborted);
  co_return late;
}

}  // namespace torchhub::net::detail
