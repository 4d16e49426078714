#include <torchhub/net/detail/stream/signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;

class SignalTest : public testing::Test {
 protected:
  asio::io_context io_;
  Strand strand_{asio::make_strand(asio::any_io_executor(io_.get_executor()))};
  Signal signal_{strand_};
  int woken_ = 0;

  asio::awaitable<void> wait_once(Time until) {
    co_await signal_.wait(until);
    ++woken_;
  }
  void spawn(Time until = Time::max()) {
    asio::co_spawn(strand_, wait_once(until), asio::detached);
  }
};

TEST_F(SignalTest, WakesAllThatWait) {
  for (int i = 0; i < 3; ++i) spawn();
  io_.poll();
  EXPECT_EQ(woken_, 0);
  asio::post(strand_, [&] { signal_.notify(); });
  io_.restart();
  io_.poll();
  EXPECT_EQ(woken_, 3);
}

TEST_F(SignalTest, IsNotKeptForWhoComesLater) {
  signal_.notify();
  spawn();
  io_.poll();
  EXPECT_EQ(woken_, 0);
  signal_.notify();
  io_.restart();
  io_.poll();
  EXPECT_EQ(woken_, 1);
}

TEST_F(SignalTest, EndsAtItsTime) {
  spawn(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  const auto start = std::chrono::steady_clock::now();
  io_.run();
  EXPECT_EQ(woken_, 1);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(15));
}

// Waiters come and go in any order, each at its own time.
TEST_F(SignalTest, ForgetsWhoHasGone) {
  spawn(std::chrono::steady_clock::now());
  spawn();
  spawn(std::chrono::steady_clock::now());
  io_.run_for(std::chrono::milliseconds(200));
  EXPECT_EQ(woken_, 2);
  signal_.notify();
  io_.restart();
  io_.poll();
  EXPECT_EQ(woken_, 3);
}

TEST(ScopeExit, RunsHoweverAScopeEnds) {
  std::string log;
  {
    const ScopeExit first([&] { log += 'a'; });
    const ScopeExit second([&] { log += 'b'; });
    log += 'c';
  }
  EXPECT_EQ(log, "cba");
  try {
    const ScopeExit leaving([&] { log += 'd'; });
    throw 1;
  } catch (int) {
    log += 'e';
  }
  EXPECT_EQ(log, "cbade");
}

}  // namespace
}  // namespace torchhub::net::detail
