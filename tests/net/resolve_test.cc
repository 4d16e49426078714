#include <torchhub/net/detail/stream/resolve.h>
#include <torchhub/net/error.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace torchhub::net::detail {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// A system's resolver that does not answer before it is told to. Outlived by nobody: see finish().
class Silent {
 public:
  Addresses ask(const std::string& host) {
    std::unique_lock lock(mutex_);
    asked_.push_back(host);
    most_ = std::max(most_, ++now_);
    changed_.notify_all();
    changed_.wait(lock, [&] { return speaks_; });
    --now_;
    changed_.notify_all();
    Addresses addresses;
    addresses.endpoints.emplace_back(asio::ip::make_address("192.0.2.7"), 0);
    return addresses;
  }

  void speak() {
    const std::lock_guard lock(mutex_);
    speaks_ = true;
    changed_.notify_all();
  }
  // All threads have left ask().
  void finish() {
    speak();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return now_ == 0; });
  }
  void wait_for(std::size_t asked) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= asked; });
  }
  unsigned most() {
    const std::lock_guard lock(mutex_);
    return most_;
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> asked_;
  unsigned now_ = 0;
  unsigned most_ = 0;
  bool speaks_ = false;
};

class ResolverTest : public testing::Test {
 protected:
  // The threads may be in the last lines of their work when the test ends: what they use is shared.
  std::shared_ptr<Silent> silent_ = std::make_shared<Silent>();
  Resolver resolver_{[silent = silent_](const std::string& host) { return silent->ask(host); }};
  asio::io_context io_;
  std::vector<Addresses> answers_;

  void ask(const std::string& host, Time deadline) {
    asio::co_spawn(io_, resolver_.resolve(io_.get_executor(), host, 80, deadline),
                   [this](const std::exception_ptr&, Addresses answer) {
                     answers_.push_back(std::move(answer));
                   });
  }
};

TEST_F(ResolverTest, HoldsFewThreadsHoweverManyLookUpsAreUnanswered) {
  const Time deadline = std::chrono::steady_clock::now() + 100ms;
  for (int i = 0; i < 200; ++i) ask("host-" + std::to_string(i), deadline);
  io_.run();
  ASSERT_EQ(answers_.size(), 200u);
  for (const Addresses& answer : answers_) EXPECT_EQ(answer.error, errc::timed_out);
  EXPECT_LE(silent_->most(), Resolver::kMaxThreads);
  silent_->finish();
  // Nobody waits for the others any more.
  EXPECT_LE(silent_->asked().size(), Resolver::kMaxThreads);
}

TEST_F(ResolverTest, AsksOnceForAllWhoWaitForOneHost) {
  for (int i = 0; i < 50; ++i) ask("host", Time::max());
  // All of them wait before there is an answer.
  io_.poll();
  std::thread speaker([&] {
    silent_->wait_for(1);
    silent_->speak();
  });
  io_.run();
  speaker.join();
  EXPECT_EQ(silent_->asked().size(), 1u);
  ASSERT_EQ(answers_.size(), 50u);
  for (const Addresses& answer : answers_) {
    ASSERT_EQ(answer.endpoints.size(), 1u);
    EXPECT_EQ(answer.endpoints[0].address().to_string(), "192.0.2.7");
    EXPECT_EQ(answer.endpoints[0].port(), 80);
  }
}

TEST_F(ResolverTest, ComesToAllHostsInTurn) {
  silent_->speak();
  for (int i = 0; i < 100; ++i) ask("host-" + std::to_string(i), Time::max());
  io_.run();
  const std::vector<std::string> asked = silent_->asked();
  EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()).size(), 100u);
  for (const Addresses& answer : answers_) EXPECT_FALSE(answer.error);
}

TEST_F(ResolverTest, AsksNobodyForAnAddress) {
  ask("192.0.2.1", Time::max());
  ask("2001:db8::1", Time::max());
  io_.run();
  EXPECT_TRUE(silent_->asked().empty());
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_[1].endpoints.at(0).port(), 80);
}

TEST(LookUp, KnowsThisMachineAlsoByItsAbsoluteName) {
  for (const char* name : {"localhost", "localhost."}) {
    const Addresses found = look_up(name);
    ASSERT_FALSE(found.error) << name << ": " << found.error.message();
    EXPECT_TRUE(found.endpoints.at(0).address().is_loopback());
  }
}

}  // namespace
}  // namespace torchhub::net::detail
