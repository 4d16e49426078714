#include <torchhub/net/detail/transfer/opening.h>
#include <torchhub/net/detail/transfer/remedy.h>
#include <torchhub/net/detail/transfer/transfer.h>
#include <torchhub/net/refusal.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// What is still on the way of a span that ends early: cheaper to read than a new connection.
constexpr std::uint64_t kMaxRest = std::uint64_t{256} << 10;
// So many ranges may be answered wrongly before the whole is asked for.
constexpr unsigned kMaxFaults = 2;
constexpr std::chrono::seconds kRefusalPatience{2};
constexpr std::size_t kLimitedSip = std::size_t{64} << 10;

}  // namespace

// Lets the supervisor stop all workers and begin anew.
void Transfer::restart(Restart why) {
  restart_ = std::max(restart_, why);
  attention_.notify();
}

// The server knows no ranges after all: one stream, from the start.
void Transfer::restart_as_whole() {
  approach_.asks_whole = true;
  restart(Restart::same_file);
}

// With a known digest all mirrors serve; else one after the other.
Source& Transfer::source_of(unsigned index) {
  if (!is_by_hash()) return sources_[source_];
  return sources_[source_ + index % (sources_.size() - source_)];
}

// A worker works until there is nothing to do, or there are more of them than should be.
asio::awaitable<void> Transfer::work(unsigned index) {
  Worker& worker = *workers_[index];
  for (;;) {
    std::optional<Error> failure;
    try {
      const bool goes_on = co_await work_once(index);
      if (!goes_on) co_return;
    } catch (const Error& error) {
      failure = error;
    }
    worker.connection = nullptr;
    Plan* const going_on = plan();
    // A connection that was closed because another one took over did not fail.
    if (going_on && going_on->is_superseded(index)) failure.reset();
    // Others may have use for what it leaves. One that was idle leaves nothing, and idle ones that
    // woke each other would never rest.
    if (going_on && going_on->release(index)) progress_.notify();
    if (is_ending()) co_return;
    if (failure) {
      const Error reason = *failure;
      co_await recover(index, reason);
    }
  }
}

// Whether there may be more to do.
asio::awaitable<bool> Transfer::work_once(unsigned index) {
  if (is_ending() || std::holds_alternative<Streamed>(file_)) co_return false;
  if (plan() && plan()->is_complete()) co_return false;
  if (begins_anew_after_failure(file_)) {
    while (front_.is_busy() && !front_.failure()) co_await progress_.wait();
    forget_all();
  }
  if (std::holds_alternative<Unopened>(file_)) {
    co_await open(index);
    co_return true;
  }
  Plan& going_on = planned().plan;
  const bool is_wanted = index == 0 || (going_on.may_split() && index < count_.target());
  if (!is_wanted) co_return false;
  const auto range = going_on.claim(index, steady_clock::now());
  if (range) {
    co_await fetch_span(index, *range);
  } else {
    co_await progress_.wait();
  }
  co_return true;
}

asio::awaitable<void> Transfer::fetch_span(unsigned index, Range range) {
  Source& source = source_of(index);
  co_await source.wait_for_pause();
  const std::string if_range = source.origin().ignores_if_range || is_by_hash()
                                   ? std::string()
                                   : planned().said.entity.if_range();
  ++tally_.requests;
  workers_[index]->source = &source;
  OpenAnswer answer = co_await source.ask(range, if_range, &workers_[index]->connection);
  note_answer(index, answer);
  if (is_whole_status(answer.head.status) && !is_part(answer.head)) {
    take_whole_for_range(source, answer, !if_range.empty());
    co_return;
  }
  if (!is_part(answer.head)) co_await refuse(source, std::move(answer));
  const auto got = range_of(answer.head, range);
  if (!got) {
    if (++source.origin().faults >= kMaxFaults) {
      restart_as_whole();
      co_return;
    }
    throw Error(
        errc::bad_response,
        answer.url->redacted() + ": the server answered another range than it was asked for");
  }
  const Entity entity = entity_of(answer.head, got->total);
  if (!may_be_same(planned().said.entity, entity, is_by_hash())) {
    restart(Restart::changed_file);
    co_return;
  }
  source.origin().retries.add_success();
  count_.set_round_trip(answer.latency);
  Plan& going_on = planned().plan;
  going_on.set_latency(answer.latency);
  if (got->end < range.end) going_on.shorten(index, got->end);
  co_await receive(index, std::move(answer), range.begin, got->end);
}

// What it means that a range was asked for and the whole begins to come. `was_conditional`: with If-Range.
void Transfer::take_whole_for_range(Source& source, const OpenAnswer& answer,
                                    bool was_conditional) {
  const Entity entity = entity_of(answer.head, answer.head.content_length);
  if (!may_be_same(planned().said.entity, entity, is_by_hash())) {
    restart(Restart::changed_file);
    return;
  }
  if (was_conditional) {
    source.origin().ignores_if_range = true;
    return;
  }
  if (planned().plan.may_split() && ++source.origin().faults < kMaxFaults) {
    throw Error(errc::bad_response,
                answer.url->redacted() + ": the server ignored the range it was asked for");
  }
  restart_as_whole();
}

void Transfer::note_answer(unsigned index, const OpenAnswer& answer) {
  Worker& worker = *workers_[index];
  worker.link = answer.link;
  worker.was_redirected = answer.was_redirected;
  overall_rate_.expect(steady_clock::now());
}

void Transfer::note_bytes(std::size_t bytes, Time now) {
  tally_.add_bytes(bytes, now);
  overall_rate_.add(bytes, now);
}

asio::awaitable<std::size_t> Transfer::read_limited(OpenAnswer& answer, std::span<std::byte> room) {
  ++tally_.reads;
  RateLimit& limit = client_->limit;
  if (const std::uint64_t wanted = client_->wanted_limit; wanted != limit.bytes_per_second())
    limit.set(wanted);
  const bool is_limited = limit.is_limited();
  std::size_t taken = room.size();
  while (is_limited) {
    const Time now = steady_clock::now();
    taken = limit.take(std::min(room.size(), kLimitedSip), now);
    if (taken > 0 || is_stopping_) break;
    asio::steady_timer timer(client_->strand, limit.next(now));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const Time before = steady_clock::now();
  const std::size_t got =
      co_await answer.connection->read_body(room.first(std::max<std::size_t>(taken, 1)));
  if (is_limited) limit.give_back(taken - std::min(taken, got));
  judge_rate(client_->options, answer, got, steady_clock::now() - before);
  co_return got;
}

// Reads the body of `answer`, which begins at `at` and ends at `answer_end`, as far as the plan wants.
asio::awaitable<void> Transfer::receive(unsigned index, OpenAnswer answer, std::uint64_t at,
                                        std::uint64_t answer_end) {
  Worker& worker = *workers_[index];
  Inflow inflow(pieces_, at);
  std::optional<Error> failure;
  try {
    worker.connection = answer.connection.get();
    tally_.most_connections = std::max(tally_.most_connections, connections());
    tally_.is_waiting = false;
    const ScopeExit hide([&] { worker.connection = nullptr; });
    co_await receive_span(index, answer, inflow, answer_end);
    write(index, inflow);
    const std::uint64_t unread = answer_end - inflow.end();
    if (unread > 0 && unread <= kMaxRest && !planned().plan.is_superseded(index)) {
      const Piece unwanted = pieces_.take();
      for (std::size_t got = 1; got > 0;) got = co_await read_limited(answer, *unwanted);
    }
    // Before the last of it is written: the download may be over then, and close what it still has.
    give_back(*client_, answer);
  } catch (const Error& error) {
    // What came is worth keeping, whatever comes next.
    write(index, inflow);
    failure = error;
  }
  co_await wait_until_written(index);
  if (failure) {
    throw Error(failure->code(),
                std::string(failure->what()) + ", at byte " + std::to_string(inflow.end()));
  }
}

asio::awaitable<void> Transfer::receive_span(unsigned index, OpenAnswer& answer, Inflow& inflow,
                                             std::uint64_t answer_end) {
  Plan& going_on = planned().plan;
  for (;;) {
    const std::uint64_t end = std::min(going_on.end_of(index), answer_end);
    if (inflow.end() >= end || going_on.is_superseded(index)) co_return;
    while ((front_.is_saturated() || writes_.is_full()) && !is_stopping_) co_await progress_.wait();
    const std::size_t got = co_await read_limited(answer, inflow.room(end));
    if (got == 0)
      throw failure_at(*answer.url, "receiving the body", make_error_code(errc::truncated));
    const Time now = steady_clock::now();
    going_on.received(index, got, now);
    note_bytes(got, now);
    inflow.add(got, now);
    if (inflow.end() == answer_end && !answer.head.content_length)
      co_await expect_end(answer, inflow);
    if (inflow.is_due(now)) write(index, inflow);
  }
}

// Only its end tells that a body without a length is the range that it calls itself.
asio::awaitable<void> Transfer::expect_end(OpenAnswer& answer, Inflow& inflow) {
  std::byte more{};
  const std::size_t got = co_await answer.connection->read_body(std::span(&more, 1));
  if (got == 0) co_return;
  inflow.drop();
  restart_as_whole();
  throw Error(errc::bad_response,
              answer.url->redacted() + ": the body is longer than the range that it was to be");
}

void Transfer::write(unsigned index, Inflow& inflow) {
  Inflow::Taken taken = inflow.take();
  if (taken.size == 0) return;
  ++workers_[index]->unwritten;
  writes_.put({.worker = index,
               .offset = taken.offset,
               .piece = std::move(taken.piece),
               .size = taken.size});
}

// Until what the worker brought is in the sink, or cannot be.
asio::awaitable<void> Transfer::wait_until_written(unsigned index) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (workers_[index]->unwritten > 0 && !writes_.failure()) co_await progress_.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

// What `writes` wrote is there.
void Transfer::commit(std::span<const WriteQueue::Write> writes) {
  Planned& file = planned();
  const Granules& granules = file.plan.granules();
  Bytes log;
  for (const WriteQueue::Write& write : writes) {
    Worker& worker = *workers_[write.worker];
    --worker.unwritten;
    const Plan::Committed committed =
        file.plan.commit(write.worker, write.offset, write.bytes(), write.crc);
    if (committed.fresh > 0) {
      // The same bytes once more, after all of them were given up, bring nobody further.
      if (file.is_kept && granules.filled() > most_filled_) {
        most_filled_ = granules.filled();
        attempts_ = 0;
      }
      worker.failures = 0;
      const auto granule = static_cast<std::size_t>(write.offset / kGranuleBytes);
      if (granules.is_full(granule)) {
        const auto size_of = static_cast<std::uint32_t>(granules.range(granule).size());
        const Bytes record = encode_log_record(granule, size_of, granules.crc(granule));
        log.insert(log.end(), record.begin(), record.end());
      }
    }
    front_.offer(write.offset, write.piece, write.size);
  }
  if (!log.empty() && kept()) body_.append_log(log);
  front_.advance(granules.contiguous_end(front_.position()));
  if (file.plan.is_complete()) attention_.notify();
}

asio::awaitable<void> Transfer::refuse(Source& source, OpenAnswer answer) {
  // What explains it comes with it; nobody waits for more.
  answer.connection->set_deadline(std::min(deadline_, steady_clock::now() + kRefusalPatience));
  std::string body;
  try {
    Bytes buffer(kMaxRefusalBytes);
    for (std::size_t got = 1; got > 0 && body.size() < kMaxRefusalBytes;) {
      got = co_await answer.connection->read_body(buffer);
      body.append(reinterpret_cast<const char*>(buffer.data()),
                  std::min(got, kMaxRefusalBytes - body.size()));
    }
  } catch (const Error& error) {
    if (error.code() == boost::system::errc::operation_canceled) throw;
  }
  throw_status(source, answer, std::move(body));
}

void Transfer::throw_status(Source& source, const OpenAnswer& answer, std::string body) {
  auto refusal = std::make_shared<Refusal>();
  refusal->head = answer.head;
  refusal->body = std::move(body);
  const unsigned status = answer.head.status;
  const auto pause = retry_after(answer.head, std::chrono::system_clock::now());
  const std::string sentence = answer.url->redacted() + ": the server answered " +
                               std::to_string(status) + " " + answer.head.reason;
  if (pause && *pause > kMaxRetryAfter) {
    throw Error(
        errc::server_too_busy,
        sentence + " and asks to be left alone for " + std::to_string(pause->count()) + " s",
        std::move(refusal));
  }
  if (pause) source.origin().paused_until = steady_clock::now() + *pause;
  // A 403 that says when to come again is a limit, as GitHub's secondary one.
  const unsigned meaning = status == 403 && pause ? 429 : status;
  throw Error(meaning >= 300 ? errc_of_status(meaning) : errc::bad_response, sentence,
              std::move(refusal));
}

// Does what a failure asks for, and waits before the next attempt. Ends the download where there is none.
asio::awaitable<void> Transfer::recover(unsigned index, Error failure) {
  Worker& worker = *workers_[index];
  Source& source = worker.source ? *worker.source : source_of(index);
  const Time now = steady_clock::now();
  Setback setback;
  setback.code = failure.code();
  setback.verdict = verdict_of(failure.code(), worker.was_redirected);
  if (setback.verdict == Verdict::re_resolve && source.refresh(worker.link)) co_return;
  setback.attempts = ++attempts_;
  setback.max_attempts = options_.attempts();
  setback.worker_failures = ++worker.failures;
  setback.others_get_on = std::any_of(workers_.begin(), workers_.end(), [&](const auto& other) {
    return other.get() != &worker && other->connection;
  });
  setback.gets_no_better = overall_rate_.gets_no_better(now);
  setback.had_as_many = connections() >= tally_.most_connections;
  const Remedy remedy = remedy_for(setback);
  if (remedy.keeps_open) count_.refuse_more(now, connections());
  if (remedy.halves) count_.push_back(now);
  if (remedy.drops_worker) count_.refuse_more(now, running() - 1);
  if (remedy.waits) tally_.is_waiting = true;
  const bool is_affordable =
      !remedy.gives_up && source.origin().retries.take(failure.code() == errc::timed_out);
  if (!is_affordable) {
    give_up(failure, now);
    co_return;
  }
  asio::steady_timer timer(client_->strand,
                           now + retry_delay(worker.failures - 1, client_->random()));
  co_await timer.async_wait(asio::use_awaitable);
}

// The next mirror, if there is one that may help; else the end.
void Transfer::give_up(const Error& reason, Time now) {
  const bool has_alternative = source_ + 1 < sources_.size();
  if (has_alternative && reason.code().category() == error_category()) {
    ++source_;
    attempts_ = 0;
    most_filled_ = 0;
    overall_rate_.begin_anew(now);
    // Without a digest, what is there may be another file's.
    if (!std::holds_alternative<Unopened>(file_) && !is_by_hash()) restart(Restart::same_file);
    return;
  }
  const std::string tries =
      attempts_ > 1 ? " (" + std::to_string(attempts_) + " attempts)" : std::string();
  fail(Error(reason.code(), reason.what() + tries, reason.refusal()));
}

}  // namespace torchhub::net::detail
