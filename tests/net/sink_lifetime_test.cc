// A sink is its owner's again once the download has ended, well or not: no call comes later.

#include <torchhub/net/download.h>
#include <torchhub/net/no_digest.h>
#include <torchhub/tests/support/real_servers.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;

// 256 MiB are flushed at once; what is left then takes longer than a beat, in which the flush begins.
constexpr std::uint64_t kFileBytes = std::uint64_t{320} << 20;
constexpr std::uint64_t kBytesPerSecond = std::uint64_t{160} << 20;

// A body of zeros, and the calls that come.
class ZeroSink {
 public:
  void write_at(std::uint64_t, std::span<const std::byte>) {
    note();
    if (++writes_ == fails_at_write) throw std::runtime_error("the bytes cannot be written");
  }
  void size_hint(std::uint64_t) { note(); }
  void read_at(std::uint64_t, std::span<std::byte> bytes) {
    note();
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
  }
  void save_state(std::span<const std::byte>) {
    note();
    if (++saves_ == fails_at_save) throw std::runtime_error("the journal cannot be written");
  }
  void append_log(std::span<const std::byte>) {
    note();
    if (++appends_ == fails_at_append) throw std::runtime_error("the log cannot be written");
  }
  void flush_state(std::span<const std::byte>) {
    std::this_thread::sleep_for(flush_takes);
    note();
    ++flushes;
  }
  std::vector<std::byte> load_state() { return {}; }
  std::vector<std::byte> load_log() { return {}; }

  int fails_at_save = 0;
  int fails_at_append = 0;
  int fails_at_write = 0;
  std::chrono::milliseconds flush_takes{0};
  std::atomic<bool> is_over = false;
  std::atomic<int> calls_too_late = 0;
  std::atomic<int> flushes = 0;

 private:
  void note() {
    if (is_over) ++calls_too_late;
  }
  int saves_ = 0;
  int appends_ = 0;
  int writes_ = 0;
};

// Throws what the download does, after all that it may have left behind has run.
void download_zeros(ZeroSink& sink) {
  const tests::Nginx nginx;
  tests::write_file(nginx.root() / "f", "");
  std::filesystem::resize_file(nginx.root() / "f", kFileBytes);
  std::exception_ptr failure;
  {
    boost::asio::io_context io;
    Client client(io.get_executor(), ClientOptions().rate_limit(kBytesPerSecond));
    const auto done = [&](std::exception_ptr thrown, const Received&) {
      sink.is_over = true;
      failure = std::move(thrown);
    };
    async_download(client, nginx.url() + "/f", sink, NoDigest(), DownloadOptions().connections(4),
                   done);
    io.run();
  }
  if (failure) std::rethrow_exception(failure);
}

TEST(SinkLifetime, AFlushIsWaitedFor) {
  ZeroSink sink;
  sink.flush_takes = 2s;
  download_zeros(sink);
  EXPECT_GE(sink.flushes, 1);
  EXPECT_EQ(sink.calls_too_late, 0);
}

// What the sink throws reaches the caller, wherever it was called from.
TEST(SinkLifetime, ConnectionsEndBeforeAFailureIsTold) {
  for (int ZeroSink::*fails :
       {&ZeroSink::fails_at_save, &ZeroSink::fails_at_append, &ZeroSink::fails_at_write}) {
    ZeroSink sink;
    sink.*fails = 2;
    EXPECT_THROW(download_zeros(sink), std::runtime_error);
    EXPECT_EQ(sink.calls_too_late, 0);
  }
}

}  // namespace
}  // namespace torchhub::net
