#include <torchhub/net/detail/transfer/transfer.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr unsigned kMaxRestarts = 2;
// The digest is this far behind: more connections could not help.
constexpr std::uint64_t kDigestBacklog = std::uint64_t{64} << 20;
// A worker that is told to stop between two operations does not hear it.
constexpr std::chrono::milliseconds kStopAgain{100};

std::vector<Source> sources_for(const std::shared_ptr<ClientState>& client,
                                const std::vector<Candidate>& urls, const DownloadOptions& options,
                                Time deadline) {
  const std::uint64_t order = client->next_download++;
  std::vector<Source> sources;
  sources.reserve(urls.size());
  // What is secret is for the URL that was asked for, whatever its mirrors are.
  for (const Candidate& url : urls)
    sources.emplace_back(client, urls.front().meant, url.asked, options, order, deadline);
  return sources;
}

}  // namespace

Transfer::Transfer(std::shared_ptr<ClientState> client, const std::vector<Candidate>& urls,
                   Body& body, DownloadOptions options, Time start)
    : client_(std::move(client)),
      body_(body),
      options_(std::move(options)),
      deadline_(options_.deadline() ? start + *options_.deadline() : Time::max()),
      sources_(sources_for(client_, urls, options_, deadline_)),
      attention_(client_->strand),
      progress_(client_->strand),
      count_(body.is_resumable() ? options_.connections() : 1, start),
      front_(client_->strand, client_->threads(), body,
             [this] {
               if (Plan* const going_on = plan()) going_on->set_digested(front_.position());
               progress_.notify();
               if (is_over()) attention_.notify();
             }),
      writes_(
          client_->strand, client_->threads(), body,
          [this](std::span<const WriteQueue::Write> writes) { commit(writes); },
          [this] {
            if (writes_.failure()) fail(writes_.failure());
            progress_.notify();
          }),
      saved_(client_->strand, client_->threads(), body,
             [this](const std::exception_ptr& failure) {
               if (failure) fail(failure);
               progress_.notify();
             }),
      tally_(start),
      overall_rate_(client_->options.least_rate(), client_->options.least_rate_over()) {
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
  co_await load();
  for (;;) {
    co_await supervise();
    if (!failure_ && restart_ == Restart::no) {
      report(steady_clock::now());
      Bytes digest = body_.finish();
      const bool is_last = co_await is_last_word(digest);
      if (!is_last) continue;
      const std::uint64_t bytes = bytes_there(file_);
      options_.observer().on_progress(
          tally_.last_report(bytes, connections(), steady_clock::now()));
      co_return tally_.result(bytes, std::move(digest));
    }
    co_await stop_workers();
    co_await wait_for_threads();
    if (failure_) {
      const Planned* const planned = kept();
      if (planned && planned->plan.granules().filled() > 0) saved_.save_at_failure(state(*planned));
      std::rethrow_exception(failure_);
    }
    start_again();
  }
}

// What an earlier download left.
asio::awaitable<void> Transfer::load() {
  if (!body_.is_resumable() || !options_.resume()) co_return;
  const auto random = [this] { return client_->random(); };
  std::optional<TransferState> resumed =
      co_await saved_.load(sources_.front().first().redacted(), is_by_hash(), random);
  if (!resumed) co_return;
  const bool digest_holds =
      resumed->granules.contiguous_end(0) >= resumed->digested && body_.restore(resumed->midstate);
  if (digest_holds) {
    front_.restart(resumed->digested);
  } else {
    front_.begin_anew();
  }
  tally_.resumed_bytes = resumed->granules.filled();
  std::get<Unopened>(file_).resumed = std::move(resumed);
}

// Until the body is digested or something ends the download.
asio::awaitable<void> Transfer::supervise() {
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
    if (failure_ || restart_ != Restart::no) co_return;
    if (is_over()) {
      // A worker may still be after bytes that another one has brought.
      co_await stop_workers();
      co_return;
    }
    adjust_workers(now);
    save_and_flush(now);
    report(now);
    const Time next = std::min({count_.next_tick(), now + Tally::kReportEvery, deadline_});
    co_await attention_.wait(next);
  }
}

void Transfer::fail(std::exception_ptr failure) {
  if (!failure_) failure_ = std::move(failure);
  attention_.notify();
}

Plan* Transfer::plan() {
  auto* const planned = std::get_if<Planned>(&file_);
  return planned ? &planned->plan : nullptr;
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
    self->attention_.notify();
  };
  asio::co_spawn(client_->strand, work(index),
                 asio::bind_cancellation_slot(workers_[index]->cancel.slot(), done));
}

void Transfer::adjust_workers(Time now) {
  if (std::holds_alternative<Unopened>(file_)) {
    if (!workers_[0]->is_running) start_worker(0);
    return;
  }
  Plan* const going_on = plan();
  if (!going_on) return;
  const std::uint64_t left = going_on->granules().total() - going_on->granules().filled();
  if (now >= count_.next_tick()) {
    const std::uint64_t front = going_on->granules().contiguous_end(front_.position());
    const bool is_local = front - front_.position() > kDigestBacklog || writes_.is_full();
    count_.tick(now, tally_.received, left, is_local);
  }
  const unsigned wanted = going_on->may_split() ? count_.target() : 1;
  going_on->set_connections(wanted);
  for (unsigned i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    if (i < wanted && !worker.is_running && !going_on->is_complete()) start_worker(i);
    if (worker.connection && going_on->is_superseded(i)) worker.connection->close();
  }
  progress_.notify();
}

asio::awaitable<void> Transfer::stop_workers() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  is_stopping_ = true;
  while (running() > 0) {
    for (const auto& worker : workers_) {
      if (worker->connection) worker->connection->close();
      if (worker->is_running) worker->cancel.emit(asio::cancellation_type::terminal);
    }
    progress_.notify();
    co_await attention_.wait(steady_clock::now() + kStopAgain);
  }
  is_stopping_ = false;
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
}

asio::awaitable<void> Transfer::wait_for_threads() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (writes_.is_busy() || (front_.is_busy() && !front_.failure()) || saved_.is_busy())
    co_await progress_.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
}

void Transfer::start_again() {
  if (std::exchange(restart_, Restart::no) == Restart::changed_file) {
    most_filled_ = 0;
    if (++restarts_ > kMaxRestarts) {
      throw Error(errc::content_changed, sources_.front().first().redacted() +
                                             ": the file changed on the server again and again");
    }
  }
  forget_all();
}

// Whether nothing better than `digest` can be had. What came in several attempts may have a bad granule.
asio::awaitable<bool> Transfer::is_last_word(std::span<const std::byte> digest) {
  const auto& accept = options_.accept_digest();
  if (!accept || accept(digest)) co_return true;
  if (const Described* const said = described(file_); said && said->doubt)
    throw Error(*said->doubt);
  if (has_checked_) co_return true;
  has_checked_ = true;
  if (try_other_form()) co_return false;
  Plan* const brought = plan();
  if (!brought || !body_.is_resumable()) co_return true;
  // All of one server and one process: the content is what the server has.
  const bool is_mixed = tally_.resumed_bytes > 0 || sources_.size() > 1;
  co_await wait_for_threads();
  const std::vector<std::size_t> all = brought->granules().begun();
  const std::vector<std::size_t> bad = co_await saved_.bad_ones(brought->granules(), all);
  if (bad.empty() && !is_mixed) co_return true;
  if (bad.empty()) {
    forget_all();
  } else {
    forget_resumed();
    for (const std::size_t index : bad) brought->drop_granule(index);
    front_.advance(brought->granules().contiguous_end(0));
  }
  co_return false;
}

// What is worth keeping for the next download; nothing where what arrives does not stay.
const Planned* Transfer::kept() const {
  const auto* const planned = std::get_if<Planned>(&file_);
  return planned && planned->is_kept && body_.is_resumable() ? planned : nullptr;
}

TransferState Transfer::state(const Planned& planned) const {
  TransferState state(planned.plan.granules());
  state.url = sources_.front().first().redacted();
  state.entity = planned.said.entity;
  state.digested = front_.position();
  state.midstate = front_.midstate();
  return state;
}

void Transfer::save_and_flush(Time now) {
  const Planned* const planned = kept();
  if (!planned) return;
  if (saved_.is_save_due(now, front_.position())) saved_.save(state(*planned), now);
  if (saved_.is_flush_due(planned->plan.granules().filled())) saved_.flush(state(*planned));
}

void Transfer::report(Time now) {
  if (!tally_.is_report_due(now)) return;
  Extent extent{bytes_there(file_), std::nullopt};
  if (const Plan* const going_on = plan()) extent.total = going_on->granules().total();
  options_.observer().on_progress(tally_.report(extent, connections(), now));
}

}  // namespace torchhub::net::detail
