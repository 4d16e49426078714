#include <torchhub/net/retry.h>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;
namespace system = boost::system::errc;

Verdict of(unsigned status, bool was_redirected = false) {
  return verdict_of(errc_of_status(status), was_redirected);
}

TEST(Retry, JudgesStatuses) {
  for (const unsigned status : {400u, 404u, 405u, 410u, 416u, 451u, 501u, 505u, 519u, 525u, 526u})
    EXPECT_EQ(of(status), Verdict::fatal) << status;
  for (const unsigned status : {408u, 425u, 500u, 502u, 504u, 520u, 524u})
    EXPECT_EQ(of(status), Verdict::retry) << status;
  for (const unsigned status : {429u, 503u}) EXPECT_EQ(of(status), Verdict::push_back) << status;
  for (const unsigned status : {400u, 401u, 403u, 404u, 410u})
    EXPECT_EQ(of(status, true), Verdict::re_resolve) << status;
}

TEST(Retry, JudgesFailures) {
  for (const errc code :
       {errc::truncated, errc::timed_out, errc::too_slow, errc::tls_failure, errc::bad_response})
    EXPECT_EQ(verdict_of(code, false), Verdict::retry);
  for (const errc code : {errc::certificate_rejected, errc::insecure_redirect, errc::too_large,
                          errc::invalid_url, errc::blocked, errc::proxy_refused})
    EXPECT_EQ(verdict_of(code, false), Verdict::fatal);
  EXPECT_EQ(verdict_of(boost::asio::error::connection_reset, false), Verdict::retry);
  for (const auto code : {system::operation_canceled, system::no_space_on_device, system::io_error,
                          system::file_too_large, system::permission_denied,
                          system::read_only_file_system, system::no_such_file_or_directory})
    EXPECT_EQ(verdict_of(system::make_error_code(code), false), Verdict::fatal) << code;
}

TEST(Retry, WaitsLongerEachTimeUpToTwentySeconds) {
  EXPECT_EQ(retry_delay(0, 0.5), 250ms);
  EXPECT_EQ(retry_delay(1, 0.5), 500ms);
  EXPECT_EQ(retry_delay(4, 0.5), 4s);
  EXPECT_EQ(retry_delay(9, 0.5), 10s);
  EXPECT_EQ(retry_delay(4'000'000'000u, 0.999), 19980ms);
  EXPECT_EQ(retry_delay(5, 0), 0ms);
}

TEST(Retry, ReadsHowLongTheServerWantsToBeLeftAlone) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);
  const auto after = [&](std::vector<Header> headers) {
    ResponseHead head;
    head.headers = std::move(headers);
    return retry_after(head, now);
  };
  EXPECT_EQ(after({{"Retry-After", "120"}}), 120s);
  EXPECT_EQ(after({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}), 30s);
  EXPECT_EQ(after({{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}), 0s);
  EXPECT_EQ(after({{"Retry-After", "-5"}}), 0s);
  // What no clock counts is long, not absent.
  for (const char* value : {"9999999999", "99999999999999999999", "9223372036854775807",
                            "Fri, 31 Dec 9999 23:59:59 GMT"})
    EXPECT_GE(after({{"Retry-After", value}}), 24h * 365) << value;
  for (const char* value : {"-9223372036854775808", "-99999999999999999999"}) {
    EXPECT_EQ(after({{"Retry-After", value}}), 0s) << value;
    EXPECT_EQ(after({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", value}}), 0s) << value;
  }
  EXPECT_EQ(after({{"RateLimit", "limit=100, remaining=0, reset=50"}}), 50s);
  EXPECT_EQ(after({{"RateLimit", "\"default\";r=0;t=7"}}), 7s);
  EXPECT_EQ(after({{"RateLimit", "\"default\";r=3;t=7"}}), std::nullopt);
  EXPECT_EQ(after({{"RateLimit", "r=0"}}), std::nullopt);
  EXPECT_EQ(after({{"RateLimit", "r=0,t=7"}}), 7s);
  EXPECT_EQ(after({{"RateLimit", "r =0;t=7"}}), std::nullopt);
  EXPECT_EQ(after({{"RateLimit", "limiter=0;t=7"}}), std::nullopt) << "another parameter";
  EXPECT_EQ(after({{"RateLimit", "limiter=1;r=0;tt=9;t=7"}}), 7s);
  EXPECT_EQ(after({{"RateLimit", "remaining=1;reset=7"}}), std::nullopt);
  EXPECT_EQ(after({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "784111797"}}), 20s);
  EXPECT_EQ(after({{"X-RateLimit-Remaining", "1"}, {"X-RateLimit-Reset", "784111797"}}),
            std::nullopt);
  EXPECT_EQ(after({{"X-RateLimit-Remaining", "0"}}), std::nullopt);
  EXPECT_EQ(after({{"X-RateLimit-Reset", "784111797"}}), std::nullopt);
  EXPECT_EQ(after({{"Retry-After", "soon"}}), std::nullopt);
  EXPECT_EQ(after({}), std::nullopt);
}

TEST(Retry, ATimeOutCostsTwice) {
  RetryBudget budget;
  int taken = 0;
  while (budget.take(true)) ++taken;
  EXPECT_EQ(taken, 50);
}

TEST(Retry, ABudgetIsNeverMoreThanFull) {
  RetryBudget budget;
  for (int i = 0; i < 10; ++i) budget.add_success();
  int taken = 0;
  while (budget.take(false)) ++taken;
  EXPECT_EQ(taken, 100);
}

TEST(Retry, ABudgetEnds) {
  RetryBudget budget;
  int taken = 0;
  while (budget.take(false)) ++taken;
  EXPECT_EQ(taken, 100);
  for (int i = 0; i < 9; ++i) budget.add_success();
  EXPECT_FALSE(budget.take(true));
  EXPECT_TRUE(budget.take(false));
}

}  // namespace
}  // namespace torchhub::net
