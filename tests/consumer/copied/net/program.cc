// Fetches what the first argument names, from a project that has a copy of net/ and nothing else of torchhub.

#include <torchhub/net/download.h>
#include <torchhub/net/memory_sink.h>
#include <torchhub/net/no_digest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
// Boost.URL, compiled here.
#include <boost/url/src.hpp>

#include <exception>
#include <iostream>

int main(int, char** argv) {
  boost::asio::io_context io;
  torchhub::net::Client client(io.get_executor());
  torchhub::net::MemorySink sink;
  int status = 1;
  const auto done = [&](const std::exception_ptr& failure,
                        const torchhub::net::Received& received) {
    try {
      if (failure) std::rethrow_exception(failure);
      std::cout << received.bytes << ' ' << sink.text() << '\n';
      status = 0;
    } catch (const std::exception& error) {
      std::cout << error.what() << '\n';
    }
  };
  torchhub::net::async_download(client, argv[1], sink, torchhub::net::NoDigest(),
                                torchhub::net::DownloadOptions().attempts(1), done);
  io.run();
  return status;
}
