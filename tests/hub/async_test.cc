// torch.hub's functions awaited by coroutines.

#include <torchhub/hub/async.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/core/Tensor.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace torchhub {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* kWeights = "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";

class AsyncTest : public testing::Test {
 protected:
  AsyncTest()
      : trust_((tests::write_file(home_ / "ca.pem", server_.authority()), "SSL_CERT_FILE"),
               home_ / "ca.pem") {
    server_.add_branch("acme/digits", "main", "hub/examples/digits");
    server_.add_release("acme/digits", "v1", "hub/examples/digits_release");
    GithubEndpoints github;
    github.web = server_.url();
    github.api = server_.api_url();
    context_.github(github);
  }

  template <class T>
  T run(asio::awaitable<T> task) {
    std::exception_ptr failure;
    std::optional<T> result;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown, T value) {
      failure = thrown;
      result = std::move(value);
    });
    io_.run();
    io_.restart();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }

  tests::HubServer server_;
  tests::TempFolder home_;
  tests::ScopedVariable trust_;
  Context context_{cache::TorchPaths(home_ / "hub")};
  asio::io_context io_;
};

TEST_F(AsyncTest, DoesWhatTheBlockingFunctionsDo) {
  const std::vector<python::EntryPoint> entries =
      run(async_list("acme/digits", ListOptions(), context_));
  EXPECT_EQ(entries.size(), 2u);
  EXPECT_NE(run(async_help("acme/digits", "digit_reader", ListOptions(), context_)).find("grey"),
            std::string::npos);
  const StateDict weights =
      run(async_load_state_dict_from_url(server_.url() + kWeights, StateDictOptions(), context_));
  EXPECT_EQ(weights.size(), 6u);
  const DownloadedFile file = run(async_download_url_to_file(
      server_.url() + kWeights, home_ / "x.pth", DownloadToFileOptions(), context_));
  EXPECT_TRUE(std::filesystem::exists(home_ / "x.pth"));
  EXPECT_GT(file.bytes, 80'000u);
  const Model model =
      run(async_load("acme/digits", "digit_reader", Arguments().keyword("pretrained", false),
                     LoadOptions().trust_repo(true), context_));
  EXPECT_EQ(model.parameter_count(), 21386);
}

TEST_F(AsyncTest, ThrowsWhatTheBlockingFunctionsThrow) {
  EXPECT_EQ(tests::failure_of([&] { run(async_list("acme/nope", ListOptions(), context_)); }).code,
            errc::no_such_repository);
  EXPECT_EQ(tests::failure_of([&] {
              run(async_load("acme/digits", "digit_reader", Arguments(), LoadOptions(), context_));
            }).code,
            errc::untrusted);
}

TEST_F(AsyncTest, LeavesTheThreadToOthersAndComesBackToIt) {
  const std::thread::id here = std::this_thread::get_id();
  bool ticked = false;
  asio::steady_timer timer(io_, 1ms);
  timer.async_wait([&](boost::system::error_code) { ticked = true; });
  std::thread::id there;
  const auto task = [&]() -> asio::awaitable<int> {
    co_await async_list("acme/digits", ListOptions(), context_);
    there = std::this_thread::get_id();
    co_return 1;
  };
  run(task());
  EXPECT_TRUE(ticked);
  EXPECT_EQ(there, here);
}

TEST_F(AsyncTest, EndsWhenItIsCancelled) {
  tests::FaultServer stalled([](const tests::FaultRequest&) {
    tests::FaultReply reply;
    reply.body = std::string(1'000'000, 'x');
    reply.stall_after = 1000;
    return reply;
  });
  asio::cancellation_signal cancel;
  std::exception_ptr failure;
  const auto done = [&](std::exception_ptr thrown, DownloadedFile) { failure = thrown; };
  asio::co_spawn(io_,
                 async_download_url_to_file(stalled.url() + "/file", home_ / "x",
                                            DownloadToFileOptions(), context_),
                 asio::bind_cancellation_slot(cancel.slot(), done));
  asio::steady_timer timer(io_, 300ms);
  timer.async_wait(
      [&](boost::system::error_code) { cancel.emit(asio::cancellation_type::terminal); });
  const auto begin = std::chrono::steady_clock::now();
  io_.run();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(failure);
  EXPECT_FALSE(std::filesystem::exists(home_ / "x"));
}

TEST_F(AsyncTest, EndsARepositorysCodeWhenItIsCancelled) {
  tests::write_file(home_ / "naps/hubconf.py",
                    "import time\ndef f():\n    while True: time.sleep(0.01)\n");
  asio::cancellation_signal cancel;
  std::exception_ptr failure;
  const auto done = [&](std::exception_ptr thrown, Model) { failure = thrown; };
  asio::co_spawn(io_,
                 async_load((home_ / "naps").string(), "f", Arguments(),
                            LoadOptions().fetch(FetchOptions().source(Source::local)), context_),
                 asio::bind_cancellation_slot(cancel.slot(), done));
  asio::steady_timer timer(io_, 300ms);
  timer.async_wait(
      [&](boost::system::error_code) { cancel.emit(asio::cancellation_type::terminal); });
  io_.run();
  ASSERT_TRUE(failure);
  EXPECT_EQ(tests::failure_of([&] { std::rethrow_exception(failure); }).code,
            boost::system::errc::operation_canceled);
}

}  // namespace
}  // namespace torchhub
