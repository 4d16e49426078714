#include <torchhub/net/detail/transfer.h>
#include <torchhub/net/refusal.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
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
constexpr std::uint64_t kMaxDrain = std::uint64_t{256} << 10;
// A worker that fails so often while others get on is one too many.
constexpr unsigned kMaxWorkerFailures = 3;
constexpr std::chrono::seconds kRefusalPatience{2};
constexpr std::chrono::milliseconds kMaxWait{250};
constexpr std::size_t kLimitedSip = std::size_t{64} << 10;

}  // namespace

asio::awaitable<void> Transfer::idle() {
  co_await work_.async_wait(asio::as_tuple(asio::use_awaitable));
}

// Lets the beat stop all workers and begin anew.
void Transfer::restart(bool has_changed) {
  wants_restart_ = true;
  has_changed_ = has_changed_ || has_changed;
  beat_.cancel();
}

Piece Transfer::take_piece() {
  // A piece that nobody else holds any more is free again.
  for (Piece& piece : spare_) {
    if (piece.use_count() == 1) return piece;
  }
  spare_.push_back(std::make_shared<Bytes>(kGranuleBytes));
  return spare_.back();
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
    // A connection that was closed because another one took over did not fail.
    if (plan_ && plan_->is_superseded(index)) failure.reset();
    // Others may have use for what it leaves. One that was idle leaves nothing, and idle ones that
    // woke each other would never rest.
    if (plan_ && plan_->release(index)) work_.cancel();
    if (is_stopping_ || failure_ || wants_restart_) co_return;
    if (failure) {
      const Error reason = *failure;
      co_await recover(index, reason);
    }
  }
}

// Whether there may be more to do.
asio::awaitable<bool> Transfer::work_once(unsigned index) {
  if (is_stopping_ || failure_ || wants_restart_) co_return false;
  if (is_streamed_ || (plan_ && plan_->is_complete())) co_return false;
  if (has_opened_ && !progress_counts_) {
    // A stream broke off that cannot be continued: from the start, by this only worker.
    while (front_.is_busy() && !front_.failure()) co_await idle();
    forget_all();
  }
  if (!has_opened_) {
    co_await open(index);
    co_return true;
  }
  const bool is_wanted = index == 0 || (plan_->may_split() && index < count_.target());
  if (!is_wanted) co_return false;
  const auto range = plan_->claim(index, steady_clock::now());
  if (range) {
    co_await fetch_span(index, *range);
  } else {
    co_await idle();
  }
  co_return true;
}

asio::awaitable<void> Transfer::fetch_span(unsigned index, Range range) {
  Source& source = source_of(index);
  co_await source.wait_for_pause();
  const std::string if_range =
      source.origin().ignores_if_range || is_by_hash() ? std::string() : entity_.if_range();
  ++requests_;
  workers_[index]->source = &source;
  Answer answer = co_await source.ask(range, if_range, &workers_[index]->connection);
  note_answer(index, answer);
  if (is_whole_status(answer.head.status) && !is_part(answer.head)) {
    const Entity now = entity_of(answer.head, answer.head.content_length);
    if (!may_be_same(entity_, now, is_by_hash())) {
      restart(true);
      co_return;
    }
    if (!if_range.empty()) {
      source.origin().ignores_if_range = true;
      co_return;
    }
    if (plan_->may_split() && ++source.origin().faults < 2) {
      throw Error(errc::bad_response,
                  answer.url->redacted() + ": the server ignored the range it was asked for");
    }
    // It knows no ranges after all: one stream, from the start.
    asks_whole_ = true;
    restart(false);
    co_return;
  }
  if (!is_part(answer.head)) co_await refuse(source, std::move(answer));
  const auto got = range_of(answer, range);
  if (!got) {
    if (++source.origin().faults >= 2) {
      asks_whole_ = true;
      restart(false);
      co_return;
    }
    throw Error(
        errc::bad_response,
        answer.url->redacted() + ": the server answered another range than it was asked for");
  }
  if (!may_be_same(entity_, entity_of(answer.head, got->total), is_by_hash())) {
    restart(true);
    co_return;
  }
  source.origin().retries.add_success();
  plan_->set_latency(answer.latency);
  count_.set_round_trip(answer.latency);
  if (got->end < range.end) plan_->shorten(index, got->end);
  co_await receive(index, std::move(answer), range.begin, got->end);
}

void Transfer::note_answer(unsigned index, const Answer& answer) {
  Worker& worker = *workers_[index];
  worker.link = answer.link;
  worker.was_redirected = answer.was_redirected;
  if (good_until_ == Time()) good_until_ = steady_clock::now();
}

void Transfer::note_bytes(std::size_t bytes, Time now) {
  meter_.add(bytes, now);
  received_ += bytes;
  recent_bytes_ += bytes;
  const auto over = client_->options.least_rate_over();
  if (now - recent_begin_ < over) return;
  // The first byte after a pause begins a time, and ends none.
  const double seconds = std::chrono::duration<double>(now - recent_begin_).count();
  const auto floor = static_cast<double>(client_->options.least_rate());
  if (static_cast<double>(recent_bytes_) >= floor * seconds) good_until_ = now;
  recent_bytes_ = 0;
  recent_begin_ = now;
}

// Whether the connection that took the place of one that brought next to nothing did not help.
bool Transfer::gets_no_better(Time now) const {
  return now - good_until_ >= 2 * client_->options.least_rate_over();
}

asio::awaitable<std::size_t> Transfer::read_limited(Answer& answer, std::span<std::byte> room) {
  ++reads_;
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
asio::awaitable<void> Transfer::receive(unsigned index, Answer answer, std::uint64_t at,
                                        std::uint64_t answer_end) {
  Worker& worker = *workers_[index];
  Piece piece = take_piece();
  std::size_t filled = 0;
  Time first_byte{};
  const auto flush = [&] {
    if (filled == 0) return;
    ++worker.unwritten;
    writes_.put({.worker = index, .offset = at, .piece = piece, .size = filled});
    at += filled;
    filled = 0;
    piece.reset();
    piece = take_piece();
  };
  std::optional<Error> failure;
  try {
    worker.connection = answer.connection.get();
    most_connections_ = std::max(most_connections_, connections());
    is_waiting_ = false;
    struct Hidden {
      Worker& worker;
      ~Hidden() { worker.connection = nullptr; }
    } const hidden{worker};
    for (;;) {
      const std::uint64_t end = std::min(plan_->end_of(index), answer_end);
      if (at + filled >= end || plan_->is_superseded(index)) break;
      while ((front_.is_saturated() || writes_.is_full()) && !is_stopping_) co_await idle();
      // A piece ends where its granule ends.
      const std::uint64_t granule_end = (at / kGranuleBytes + 1) * kGranuleBytes;
      const std::uint64_t stop = std::min(end, granule_end);
      const auto room =
          std::span(*piece).subspan(filled, static_cast<std::size_t>(stop - at - filled));
      const std::size_t got = co_await read_limited(answer, room);
      if (got == 0) {
        throw failure_at(*answer.url, "receiving the body", make_error_code(errc::truncated));
      }
      const Time now = steady_clock::now();
      plan_->received(index, got, now);
      note_bytes(got, now);
      filled += got;
      if (at + filled == answer_end && !answer.head.content_length) {
        // Only its end tells that this body is the range that it calls itself.
        std::byte more{};
        if (co_await answer.connection->read_body(std::span(&more, 1)) > 0) {
          asks_whole_ = true;
          filled = 0;
          restart(false);
          throw Error(
              errc::bad_response,
              answer.url->redacted() + ": the body is longer than the range that it was to be");
        }
      }
      // What a slow connection brings is not kept waiting: another may take over from there.
      if (filled == got) first_byte = now;
      if (at + filled >= stop || now - first_byte >= kMaxWait) flush();
    }
    flush();
    const std::uint64_t unread = answer_end - at;
    if (unread > 0 && unread <= kMaxDrain && !plan_->is_superseded(index)) {
      for (std::size_t got = 1; got > 0;) got = co_await read_limited(answer, *piece);
    }
    // Before the last of it is written: the download may be over then, and close what it still has.
    give_back(*client_, answer);
  } catch (const Error& error) {
    // What came is worth keeping, whatever comes next.
    flush();
    failure = error;
  }
  co_await settle(index);
  if (failure)
    throw Error(failure->code(), std::string(failure->what()) + ", at byte " + std::to_string(at));
}

// Until what the worker brought is in the sink, or cannot be.
asio::awaitable<void> Transfer::settle(unsigned index) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (workers_[index]->unwritten > 0 && !writes_.failure()) co_await idle();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

// What `writes` wrote is there.
void Transfer::commit(std::span<const WriteQueue::Write> writes) {
  Bytes log;
  for (const WriteQueue::Write& write : writes) {
    Worker& worker = *workers_[write.worker];
    --worker.unwritten;
    const Plan::Committed committed =
        plan_->commit(write.worker, write.offset, write.bytes(), write.crc);
    if (committed.fresh > 0) {
      // The same bytes once more, after all of them were given up, bring nobody further.
      const std::uint64_t filled = plan_->granules().filled();
      if (progress_counts_ && filled > most_filled_) {
        most_filled_ = filled;
        attempts_ = 0;
      }
      worker.failures = 0;
      const auto granule = static_cast<std::size_t>(write.offset / kGranuleBytes);
      if (plan_->granules().is_full(granule)) {
        const auto size_of = static_cast<std::uint32_t>(plan_->granules().range(granule).size());
        const Bytes record = encode_log_record(granule, size_of, plan_->granules().crc(granule));
        log.insert(log.end(), record.begin(), record.end());
      }
    }
    front_.offer(write.offset, write.piece, write.size);
  }
  if (!log.empty() && progress_counts_ && body_.is_resumable()) body_.append_log(log);
  front_.advance(plan_->granules().contiguous_end(front_.position()));
  if (plan_->is_complete()) beat_.cancel();
}

asio::awaitable<void> Transfer::refuse(Source& source, Answer answer) {
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

void Transfer::throw_status(Source& source, const Answer& answer, std::string body) {
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

// Decides what a failure means, and waits before the next attempt. Ends the download where there is
// none.
asio::awaitable<void> Transfer::recover(unsigned index, Error failure) {
  Worker& worker = *workers_[index];
  Source& source = worker.source ? *worker.source : source_of(index);
  const Verdict verdict = verdict_of(failure.code(), worker.was_redirected);
  const Time now = steady_clock::now();
  if (verdict == Verdict::re_resolve && source.refresh(worker.link)) co_return;
  ++attempts_;
  ++worker.failures;
  const bool others_get_on = std::any_of(workers_.begin(), workers_.end(), [&](const auto& other) {
    return other.get() != &worker && other->connection;
  });
  const auto give_up = [&](const Error& reason) {
    if (has_alternative() && reason.code().category() == error_category()) {
      // The next mirror: without a digest, what is there may be another file's.
      ++source_;
      attempts_ = 0;
      most_filled_ = 0;
      good_until_ = now;
      if (has_opened_ && !is_by_hash()) restart(false);
      return;
    }
    const std::string tries =
        attempts_ > 1 ? " (" + std::to_string(attempts_) + " attempts)" : std::string();
    fail(Error(reason.code(), reason.what() + tries, reason.refusal()));
  };

  const bool is_unknown_host = failure.code() == asio::error::host_not_found && attempts_ > 1;
  const bool is_drip = failure.code() == errc::too_slow && gets_no_better(now);
  if (verdict == Verdict::fatal || verdict == Verdict::re_resolve || is_unknown_host || is_drip) {
    give_up(failure);
    co_return;
  }
  if (others_get_on) {
    if (failure.code() == errc_of_status(503)) {
      // It has room for the others. Where it had room for more, it has not noticed yet that one
      // of them was closed.
      const bool is_new = connections() >= most_connections_;
      if (is_new || worker.failures > 1) count_.refuse_more(now, connections());
    } else if (verdict == Verdict::push_back) {
      count_.push_back(now);
    }
    if (worker.failures >= kMaxWorkerFailures) count_.refuse_more(now, running() - 1);
  } else if (attempts_ >= options_.attempts()) {
    give_up(failure);
    co_return;
  } else {
    is_waiting_ = true;
  }
  if (!source.origin().retries.take(failure.code() == errc::timed_out)) {
    give_up(failure);
    co_return;
  }
  asio::steady_timer timer(client_->strand,
                           now + retry_delay(worker.failures - 1, client_->random()));
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace torchhub::net::detail
