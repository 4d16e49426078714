#ifndef TORCHHUB_TESTS_NET_EXAMPLE_NAMES_H_
#define TORCHHUB_TESTS_NET_EXAMPLE_NAMES_H_
// What the examples in net's headers take for granted: examples_test compiles them and runs none.

#include <torchhub/cache/part_file.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/net/client.h>
#include <torchhub/net/detail/http/chunk_decoder.h>
#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/detail/stream/signal.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/error.h>
#include <torchhub/net/response_head.h>
#include <torchhub/net/url.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline asio::io_context context;
inline asio::any_io_executor executor = context.get_executor();
inline net::Client client(executor);
inline asio::awaitable<void> fetch_all(net::Client&) { co_return; }

inline const std::string url = "https://example.com/a";
inline net::Url address = *net::Url::parse(url);
inline void fetch(const std::string&) {}
inline std::string what_is_cached(const std::string& text) { return text; }
inline void connect_through(const net::Url&) {}
inline void follow(std::string_view) {}

inline net::ResponseHead head;
inline std::vector<net::Header> headers;
inline net::DownloadOptions options;
inline const std::string token;
inline const std::string sha256;
inline const std::string bytes;
inline const std::string_view text = "block *";
inline const std::vector<std::byte> expected;
inline const boost::system::error_code code;
inline const auto now = std::chrono::steady_clock::now();
inline void wait_until(std::chrono::steady_clock::time_point) {}
inline void sleep_for(std::chrono::milliseconds) {}
inline const bool was_redirected = false;
inline const unsigned attempt = 0;
inline int random_bits = 0;
inline double uniform(int) { return 0.5; }

inline net::detail::ChunkDecoder::Step step;
inline const std::vector<std::byte> came;
inline std::span<std::byte> room;
inline const unsigned worker = 0;
inline const std::uint64_t total = 1;
inline const std::uint64_t received = 0;
inline const std::uint64_t offset = 0;
inline const std::uint32_t crc = 0;
inline unsigned running = 0;
inline void request(net::detail::Range) {}
inline void stop() {}
inline void start_worker() {}
inline bool is_full() { return false; }
inline net::detail::Signal drained{net::detail::Strand(asio::make_strand(executor))};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_NET_EXAMPLE_NAMES_H_
