#include <torchhub/net/detail/transfer/remedy.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

// The third of five attempts, alone, that failed in a way that may pass.
Setback setback() {
  Setback setback;
  setback.code = make_error_code(errc::truncated);
  setback.verdict = Verdict::retry;
  setback.attempts = 3;
  setback.max_attempts = 5;
  setback.worker_failures = 1;
  return setback;
}

TEST(Remedy, OfAFailureThatMayPassIsToWait) {
  const Remedy remedy = remedy_for(setback());
  EXPECT_FALSE(remedy.gives_up);
  EXPECT_TRUE(remedy.waits);
  EXPECT_FALSE(remedy.halves);
  EXPECT_FALSE(remedy.keeps_open);
  EXPECT_FALSE(remedy.drops_worker);
}

TEST(Remedy, OfTheLastAttemptIsToGiveUp) {
  Setback last = setback();
  last.attempts = 5;
  EXPECT_TRUE(remedy_for(last).gives_up);
  EXPECT_FALSE(remedy_for(last).waits);
  last.attempts = 4;
  EXPECT_FALSE(remedy_for(last).gives_up);
  last.attempts = 6;
  last.others_get_on = true;
  EXPECT_FALSE(remedy_for(last).gives_up) << "others bring the file";
  EXPECT_FALSE(remedy_for(last).waits);
}

TEST(Remedy, OfWhatStaysIsToGiveUpWhoeverGetsOn) {
  for (const Verdict verdict : {Verdict::fatal, Verdict::re_resolve}) {
    for (const bool others_get_on : {false, true}) {
      Setback fatal = setback();
      fatal.verdict = verdict;
      fatal.others_get_on = others_get_on;
      EXPECT_TRUE(remedy_for(fatal).gives_up);
    }
  }
}

TEST(Remedy, OfAnUnknownHostIsToAskOnceMore) {
  Setback unknown = setback();
  unknown.code = boost::asio::error::host_not_found;
  unknown.attempts = 1;
  EXPECT_FALSE(remedy_for(unknown).gives_up);
  unknown.attempts = 2;
  EXPECT_TRUE(remedy_for(unknown).gives_up);
}

TEST(Remedy, OfADripIsToGiveUpWhereNothingHelped) {
  Setback drip = setback();
  drip.code = make_error_code(errc::too_slow);
  EXPECT_FALSE(remedy_for(drip).gives_up);
  drip.gets_no_better = true;
  EXPECT_TRUE(remedy_for(drip).gives_up);
  drip.code = make_error_code(errc::timed_out);
  EXPECT_FALSE(remedy_for(drip).gives_up) << "only a connection that was closed for it";
}

TEST(Remedy, OfAServerThatPushesBackIsHalfTheConnections) {
  Setback pushed = setback();
  pushed.verdict = Verdict::push_back;
  pushed.code = errc_of_status(429);
  EXPECT_FALSE(remedy_for(pushed).halves) << "there is only one";
  pushed.others_get_on = true;
  EXPECT_TRUE(remedy_for(pushed).halves);
  EXPECT_FALSE(remedy_for(pushed).keeps_open);
}

TEST(Remedy, OfA503IsToKeepThoseThatAreOpen) {
  Setback busy = setback();
  busy.verdict = Verdict::push_back;
  busy.code = errc_of_status(503);
  busy.others_get_on = true;
  // One that took the place of a connection that the server has not seen the end of.
  EXPECT_FALSE(remedy_for(busy).keeps_open);
  EXPECT_FALSE(remedy_for(busy).halves);
  busy.had_as_many = true;
  EXPECT_TRUE(remedy_for(busy).keeps_open);
  busy.had_as_many = false;
  busy.worker_failures = 2;
  EXPECT_TRUE(remedy_for(busy).keeps_open);
}

TEST(Remedy, OfAConnectionThatFailsThriceIsToDropIt) {
  Setback again = setback();
  again.others_get_on = true;
  again.worker_failures = 2;
  EXPECT_FALSE(remedy_for(again).drops_worker);
  again.worker_failures = 3;
  EXPECT_TRUE(remedy_for(again).drops_worker);
  again.others_get_on = false;
  EXPECT_FALSE(remedy_for(again).drops_worker) << "it is the last";
}

}  // namespace
}  // namespace torchhub::net::detail
