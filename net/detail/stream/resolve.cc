#include <torchhub/net/detail/stream/resolve.h>
#include <torchhub/net/error.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

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

// One look-up, for all who wait for it.
struct Lookup {
  bool is_begun = false;
  bool is_done = false;
  Addresses addresses;
  std::list<std::function<void()>> waiters;  // what wakes them
};

}  // namespace

Addresses look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  Addresses addresses;
  // RFC 6761 section 6.3: this machine, whether the name ends in a dot or not; /etc/hosts has none.
  const std::string asked = host == "localhost." ? "localhost" : host;
  if (const int failure = getaddrinfo(asked.c_str(), nullptr, &hints, &found)) {
    addresses.error = code_of(failure);
    return addresses;
  }
  for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    addresses.endpoints.push_back(endpoint);
  }
  freeaddrinfo(found);
  if (addresses.endpoints.empty()) addresses.error = asio::error::host_not_found;
  return addresses;
}

// Shared by those who ask and the threads that wait for the system.
struct Resolver::Lookups {
  std::function<Addresses(const std::string&)> ask;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Lookup>> by_host;  // under way, or in the queue
  std::deque<std::string> queue;
  unsigned threads = 0;
};

// Somebody's place among those who wait for a look-up. Nobody is woken who has gone, and nothing is
// looked up that nobody waits for any more.
class Resolver::Waiting {
 public:
  Waiting(std::shared_ptr<Lookups> lookups, const std::string& host, std::function<void()> wake)
      : lookups_(std::move(lookups)), host_(host) {
    const std::lock_guard lock(lookups_->mutex);
    const auto known = lookups_->by_host.find(host);
    if (known != lookups_->by_host.end()) {
      lookup_ = known->second;
    } else {
      if (lookups_->threads < kMaxThreads) {
        // It looks into the queue once the lock is free.
        std::thread([all = lookups_] { work(all); }).detach();
        ++lookups_->threads;
      }
      lookup_ = std::make_shared<Lookup>();
      lookups_->by_host.emplace(host, lookup_);
      lookups_->queue.push_back(host);
    }
    place_ = lookup_->waiters.insert(lookup_->waiters.end(), std::move(wake));
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    const std::lock_guard lock(lookups_->mutex);
    lookup_->waiters.erase(place_);
    if (lookup_->is_begun || !lookup_->waiters.empty()) return;
    std::erase(lookups_->queue, host_);
    lookups_->by_host.erase(host_);
  }

  /// Nothing while the look-up goes on.
  std::optional<Addresses> answer() const {
    const std::lock_guard lock(lookups_->mutex);
    return lookup_->is_done ? std::optional(lookup_->addresses) : std::nullopt;
  }

 private:
  std::shared_ptr<Lookups> lookups_;
  std::string host_;
  std::shared_ptr<Lookup> lookup_;
  std::list<std::function<void()>>::iterator place_;
};

// What each thread does: one look-up after the other, until there are none.
void Resolver::work(const std::shared_ptr<Lookups>& lookups) {
  std::unique_lock lock(lookups->mutex);
  while (!lookups->queue.empty()) {
    const std::string host = std::move(lookups->queue.front());
    lookups->queue.pop_front();
    const std::shared_ptr<Lookup> lookup = lookups->by_host.at(host);
    lookup->is_begun = true;
    lock.unlock();
    Addresses addresses = lookups->ask(host);
    lock.lock();
    lookup->addresses = std::move(addresses);
    lookup->is_done = true;
    lookups->by_host.erase(host);
    for (const auto& wake : lookup->waiters) wake();
  }
  --lookups->threads;
}

Resolver::Resolver(std::function<Addresses(const std::string&)> ask)
    : lookups_(std::make_shared<Lookups>()) {
  lookups_->ask = std::move(ask);
}

asio::awaitable<Addresses> Resolver::resolve(asio::any_io_executor executor, std::string host,
                                             std::uint16_t port, Time deadline) {
  error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) {
    Addresses addresses;
    addresses.endpoints.emplace_back(address, port);
    co_return addresses;
  }
  const auto timer = std::make_shared<asio::steady_timer>(executor, deadline);
  const auto wake = [executor, weak = std::weak_ptr<asio::steady_timer>(timer)] {
    asio::post(executor, [weak] {
      if (const auto living = weak.lock()) living->cancel();
    });
  };
  const Waiting waiting(lookups_, host, wake);
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));

  if (std::optional<Addresses> found = waiting.answer()) {
    for (tcp::endpoint& endpoint : found->endpoints) endpoint.port(port);
    co_return std::move(*found);
  }
  Addresses late;
  late.error = std::chrono::steady_clock::now() >= deadline
                   ? make_error_code(errc::timed_out)
                   : error_code(asio::error::operation_aborted);
  co_return late;
}

}  // namespace torchhub::net::detail
