#include <torchhub/net/download.h>
#include <torchhub/net/memory_sink.h>
#include <torchhub/net/no_digest.h>
#include <torchhub/net/url.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <string>

namespace {

namespace asio = boost::asio;
namespace net = torchhub::net;
using asio::ip::tcp;

constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

asio::awaitable<void> answer_once(tcp::acceptor& acceptor) {
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  std::string request;
  co_await asio::async_read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n",
                                  asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(std::string(kAnswer)), asio::use_awaitable);
}

TEST(NetConsumer, Downloads) {
  asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::string url =
      "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/greeting";
  asio::co_spawn(io, answer_once(acceptor), asio::detached);

  net::Client client(io.get_executor());
  net::MemorySink sink;
  auto received = net::async_download(client, url, sink, net::NoDigest(), net::DownloadOptions(),
                                      asio::use_future);
  io.run();

  EXPECT_EQ(received.get().bytes, 5U);
  EXPECT_EQ(sink.text(), "hello");
}

TEST(NetConsumer, ParsesUrls) { EXPECT_FALSE(net::Url::parse("no url")); }

}  // namespace
