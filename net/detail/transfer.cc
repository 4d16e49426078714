#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/transfer.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kReportBeat{100};
constexpr std::chrono::seconds kSaveBeat{1};
constexpr std::uint64_t kSaveBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kFlushBytes = std::uint64_t{256} << 20;
constexpr unsigned kMaxRestarts = 2;
// The digest is this far behind: more connections could not help.
constexpr std::uint64_t kDigestBacklog = std::uint64_t{64} << 20;
constexpr double kReportSeconds = 2;

std::vector<Source> sources_for(const std::shared_ptr<ClientState>& client,
                                const std::vector<Candidate>& urls, const DownloadOptions& options,
                                std::uint64_t order, Time deadline) {
  std::vector<Source> sources;
  sources.reserve(urls.size());
  // What is secret is for the URL that was asked for, whatever its mirrors are.
  for (const Candidate& url : urls)
    sources.emplace_back(client, urls.front().meant, url.asked, options, order, deadline);
  return sources;
}

}  // namespace

Transfer::Transfer(std::shared_ptr<ClientState> client, const std::vector<Candidate>& urls,
                   Body& body, DownloadOptions options)
    : client_(std::move(client)),
      body_(body),
      options_(std::move(options)),
      order_(client_->next_download++),
      start_(steady_clock::now()),
      deadline_(options_.deadline() ? start_ + *options_.deadline() : Time::max()),
      sources_(sources_for(client_, urls, options_, order_, deadline_)),
      count_(body.is_resumable() ? options_.connections() : 1, start_),
      no_midstate_(body.midstate()),
      front_(client_->strand, client_->workers(), body,
             [this] {
               if (plan_) plan_->set_digested(front_.position());
               work_.cancel();
               if (is_over()) beat_.cancel();
             }),
      writes_(
          client_->strand, client_->workers(), body,
          [this](std::span<const WriteQueue::Write> writes) { commit(writes); },
          [this] {
            if (writes_.failure()) fail(writes_.failure());
            work_.cancel();
          }),
      task_(client_->strand, client_->workers()),
      beat_(client_->strand),
      work_(client_->strand, Time::max()),
      meter_(start_, kReportSeconds) {
  for (unsigned i = 0; i < options_.connections(); ++i)
    workers_.push_back(std::make_unique<Worker>());
}

asio::awaitable<Received> Transfer::run() {
  // A cancellation is noticed between two steps, and ends in order.
  co_await asio::this_coro::throw_if_cancelled(false);
  Received received;
  std::exception_ptr failure;
  try {
    received = co_await bring();
  } catch (...) {
    failure = std::current_exception();
  }
  // The body is its owner's again: nothing that goes on may still reach it.
  co_await stop_workers();
  co_await wait_for_threads();
  if (failure) std::rethrow_exception(failure);
  co_return received;
}

asio::awaitable<Received> Transfer::bring() {
  co_await load_state();
  Bytes digest;
  for (;;) {
    co_await beat();
    if (!failure_ && !wants_restart_) {
      report(steady_clock::now(), false);
      digest = body_.finish();
      const bool is_settled = co_await triage(digest);
      if (is_settled) break;
      continue;
    }
    co_await stop_workers();
    co_await wait_for_threads();
    if (failure_) {
      save_at_failure();
      std::rethrow_exception(failure_);
    }
    start_again();
  }
  Received received;
  received.url = final_url_;
  received.bytes = plan_ ? plan_->granules().total() : streamed_;
  received.digest = std::move(digest);
  received.resumed_bytes = resumed_bytes_;
  received.connections = most_connections_;
  received.requests = requests_;
  received.reads = reads_;
  report(steady_clock::now(), true);
  co_return received;
}

// Runs until the body is digested or something ends it.
asio::awaitable<void> Transfer::beat() {
  for (;;) {
    const Time now = steady_clock::now();
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none) {
      fail(Error(asio::error::operation_aborted,
                 sources_.front().first().redacted() + ": the download was cancelled"));
    } else if (now >= deadline_) {
      fail(Error(errc::timed_out, sources_.front().first().redacted() +
                                      ": the download did not end within its deadline"));
    } else if (front_.failure()) {
      fail(front_.failure());
    }
    if (failure_ || wants_restart_) co_return;
    if (is_over()) {
      // A worker may still be after bytes that another one has brought.
      co_await stop_workers();
      co_return;
    }
    adjust_workers(now);
    keep_state(now);
    flush_state();
    report(now, false);
    beat_.expires_at(std::min({count_.next_tick(), now + kReportBeat, deadline_}));
    co_await beat_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

bool Transfer::is_over() const {
  if (plan_) return plan_->is_complete() && front_.position() == plan_->granules().total();
  return is_streamed_ && front_.position() == streamed_;
}

void Transfer::fail(std::exception_ptr failure) {
  if (!failure_) failure_ = std::move(failure);
  beat_.cancel();
}

unsigned Transfer::running() const {
  return static_cast<unsigned>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const std::unique_ptr<Worker>& worker) { return worker->is_running; }));
}

unsigned Transfer::connections() const {
  return static_cast<unsigned>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const std::unique_ptr<Worker>& worker) { return worker->connection; }));
}

void Transfer::start_worker(unsigned index) {
  workers_[index]->is_running = true;
  const auto done = [self = shared_from_this(), index](const std::exception_ptr& failure) {
    self->workers_[index]->is_running = false;
    if (failure && !self->is_stopping_) self->fail(failure);
    self->beat_.cancel();
  };
  asio::co_spawn(client_->strand, work(index),
                 asio::bind_cancellation_slot(workers_[index]->cancel.slot(), done));
}

void Transfer::adjust_workers(Time now) {
  if (!has_opened_) {
    if (!workers_[0]->is_running) start_worker(0);
    return;
  }
  if (!plan_) return;
  const std::uint64_t left = plan_->granules().total() - plan_->granules().filled();
  if (now >= count_.next_tick()) {
    const std::uint64_t front = plan_->granules().contiguous_end(front_.position());
    const bool is_local = front - front_.position() > kDigestBacklog || writes_.is_full();
    count_.tick(now, received_, left, is_local);
  }
  const unsigned wanted = plan_->may_split() ? count_.target() : 1;
  plan_->set_connections(wanted);
  for (unsigned i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    if (i < wanted && !worker.is_running && !plan_->is_complete()) start_worker(i);
    if (worker.connection && plan_->is_superseded(i)) worker.connection->close();
  }
  work_.cancel();
}

asio::awaitable<void> Transfer::stop_workers() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  is_stopping_ = true;
  while (running() > 0) {
    for (const auto& worker : workers_) {
      if (worker->connection) worker->connection->close();
      if (worker->is_running) worker->cancel.emit(asio::cancellation_type::terminal);
    }
    work_.cancel();
    beat_.expires_after(kReportBeat);
    co_await beat_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  is_stopping_ = false;
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
}

asio::awaitable<void> Transfer::wait_for_threads() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (writes_.is_busy() || (front_.is_busy() && !front_.failure()) || task_.is_running()) {
    beat_.expires_after(kReportBeat);
    co_await beat_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
}

asio::awaitable<void> Transfer::in_worker_thread(std::function<void()> task) {
  // The task borrows from its caller: it is waited for, whatever else happens.
  std::exception_ptr failure;
  task_.start(std::move(task), [&](std::exception_ptr thrown) {
    failure = std::move(thrown);
    beat_.cancel();
  });
  co_await wait_for_threads();
  if (failure) std::rethrow_exception(failure);
}

void Transfer::start_again() {
  wants_restart_ = false;
  const bool has_changed = std::exchange(has_changed_, false);
  if (has_changed) most_filled_ = 0;
  if (has_changed && ++restarts_ > kMaxRestarts) {
    throw Error(errc::content_changed, sources_.front().first().redacted() +
                                           ": the file changed on the server again and again");
  }
  forget_all();
}

// Whether `digest` is the last word. What came in several attempts may have a bad granule.
asio::awaitable<bool> Transfer::triage(std::span<const std::byte> digest) {
  const auto& accept = options_.accept_digest();
  if (!accept || accept(digest)) co_return true;
  if (doubt_) throw Error(*doubt_);
  if (is_triaged_) co_return true;
  is_triaged_ = true;
  if (try_other_form()) co_return false;
  if (!plan_ || !body_.is_resumable()) co_return true;
  // All of one server and one process: the content is what the server has.
  const bool is_mixed = resumed_bytes_ > 0 || sources_.size() > 1;
  co_await wait_for_threads();
  std::vector<std::size_t> bad;
  const auto compare = [&] {
    Bytes buffer;
    for (const std::size_t i : plan_->granules().begun()) {
      buffer.resize(static_cast<std::size_t>(plan_->granules().range(i).size()));
      body_.read_at(plan_->granules().range(i).begin, buffer);
      if (crc32c(buffer) != plan_->granules().crc(i)) bad.push_back(i);
    }
  };
  co_await in_worker_thread(compare);
  if (bad.empty() && !is_mixed) co_return true;
  if (bad.empty()) {
    forget_all();
  } else {
    forget_resumed();
    for (const std::size_t index : bad) plan_->drop_granule(index);
    front_.advance(plan_->granules().contiguous_end(0));
  }
  co_return false;
}

TransferState Transfer::state() const {
  TransferState state(plan_->granules());
  state.url = sources_.front().first().redacted();
  state.entity = entity_;
  state.digested = front_.position();
  state.midstate = front_.midstate();
  return state;
}

void Transfer::keep_state(Time now) {
  if (!plan_ || !progress_counts_ || !body_.is_resumable()) return;
  const bool is_due =
      now - saved_at_ >= kSaveBeat || front_.position() - saved_digested_ >= kSaveBytes;
  if (!is_due) return;
  saved_at_ = now;
  saved_digested_ = front_.position();
  body_.save_state(encode(state()));
}

// What came is for the next call. That it cannot be remembered must not hide why this one failed.
void Transfer::save_at_failure() noexcept {
  if (!plan_ || !progress_counts_ || !body_.is_resumable()) return;
  if (plan_->granules().filled() == 0) return;
  try {
    body_.save_state(encode(state()));
  } catch (...) {
  }
}

void Transfer::flush_state() {
  if (!plan_ || !progress_counts_ || !body_.is_resumable() || task_.is_running()) return;
  if (plan_->granules().filled() - flushed_bytes_ < kFlushBytes) return;
  flushed_bytes_ = plan_->granules().filled();
  const auto flush = [&body = body_, saved = encode(state())] { body.flush_state(saved); };
  task_.start(flush, [this](const std::exception_ptr& failure) {
    if (failure) fail(failure);
    beat_.cancel();
  });
}

void Transfer::report(Time now, bool is_last) {
  if (!is_last && now - reported_at_ < kReportBeat) return;
  reported_at_ = now;
  Progress progress;
  progress.bytes = plan_ ? plan_->granules().filled() : streamed_;
  progress.total = plan_     ? std::optional(plan_->granules().total())
                   : is_last ? std::optional(streamed_)
                             : std::nullopt;
  progress.resumed_bytes = resumed_bytes_;
  progress.bytes_per_second = meter_.rate(now);
  progress.connections = connections();
  progress.phase = is_last                         ? Phase::done
                   : plan_ && plan_->is_complete() ? Phase::verifying
                   : is_waiting_                   ? Phase::waiting
                   : received_ > 0                 ? Phase::downloading
                                                   : Phase::connecting;
  options_.observer().on_progress(progress);
}

}  // namespace torchhub::net::detail
