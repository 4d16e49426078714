#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/transfer/saved_progress.h>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kSaveEvery{1};
constexpr std::uint64_t kSaveBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kFlushBytes = std::uint64_t{256} << 20;
// What is looked at again of a file that an earlier process left.
constexpr std::size_t kRecheckedGranules = 256;
constexpr unsigned kRecheckedAtRandom = 16;

// The last ones, and some of all.
std::vector<std::size_t> to_check(const std::vector<std::size_t>& begun,
                                  const std::function<double()>& random) {
  std::vector<std::size_t> checked;
  for (unsigned i = 0; i < kRecheckedAtRandom && !begun.empty(); ++i)
    checked.push_back(
        begun[static_cast<std::size_t>(random() * static_cast<double>(begun.size()))]);
  const std::size_t last = std::min(begun.size(), kRecheckedGranules);
  checked.insert(checked.end(), begun.end() - static_cast<std::ptrdiff_t>(last), begun.end());
  return checked;
}

}  // namespace

SavedProgress::SavedProgress(Strand strand, asio::thread_pool& threads, Body& body,
                             std::function<void(std::exception_ptr)> on_flushed)
    : body_(body),
      on_flushed_(std::move(on_flushed)),
      work_done_(strand),
      task_(std::move(strand), threads) {}

asio::awaitable<std::optional<TransferState>> SavedProgress::load(std::string url, bool is_by_hash,
                                                                  std::function<double()> random) {
  const Bytes saved = body_.load_state();
  if (saved.empty()) co_return std::nullopt;
  std::optional<TransferState> state = decode(saved, body_.load_log());
  if (!state) co_return std::nullopt;
  const bool is_other_url = state->url != url;
  const bool is_judged = is_by_hash || state->entity.has_strong_validator();
  if ((is_other_url && !is_by_hash) || !is_judged) co_return std::nullopt;
  // The bytes may not be what the journal says: another program, a disk.
  std::vector<std::size_t> bad;
  try {
    bad = co_await bad_ones(state->granules, to_check(state->granules.begun(), random));
  } catch (const boost::system::system_error&) {
    // The last granule is always looked at: what is shorter than that is another file.
    co_return std::nullopt;
  }
  for (const std::size_t index : bad) state->granules.drop(index);
  co_return state;
}

asio::awaitable<std::vector<std::size_t>> SavedProgress::bad_ones(
    const Granules& granules, std::vector<std::size_t> checked) {
  std::vector<std::size_t> bad;
  const auto compare = [&] {
    Bytes buffer;
    for (const std::size_t index : checked) {
      const std::uint64_t begin = granules.range(index).begin;
      buffer.resize(static_cast<std::size_t>(granules.front(index) - begin));
      body_.read_at(begin, buffer);
      if (crc32c(buffer) != granules.crc(index)) bad.push_back(index);
    }
  };
  co_await in_thread(compare);
  co_return bad;
}

asio::awaitable<void> SavedProgress::in_thread(std::function<void()> work) {
  // The work borrows from its caller: it is waited for, whatever else happens.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (task_.is_running()) co_await work_done_.wait();
  std::exception_ptr failure;
  task_.start(std::move(work), [&](std::exception_ptr thrown) {
    failure = std::move(thrown);
    work_done_.notify();
  });
  while (task_.is_running()) co_await work_done_.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  if (failure) std::rethrow_exception(failure);
}

void SavedProgress::begin(std::uint64_t filled) {
  saved_at_ = Time();
  flushed_bytes_ = filled;
}

bool SavedProgress::is_save_due(Time now, std::uint64_t digested) const {
  return now - saved_at_ >= kSaveEvery || digested - saved_digested_ >= kSaveBytes;
}

void SavedProgress::save(const TransferState& state, Time now) {
  saved_at_ = now;
  saved_digested_ = state.digested;
  body_.save_state(encode(state));
}

void SavedProgress::save_at_failure(const TransferState& state) noexcept {
  try {
    body_.save_state(encode(state));
  } catch (...) {
  }
}

bool SavedProgress::is_flush_due(std::uint64_t filled) const {
  return !task_.is_running() && filled - flushed_bytes_ >= kFlushBytes;
}

void SavedProgress::flush(const TransferState& state) {
  flushed_bytes_ = state.granules.filled();
  const auto write = [&body = body_, saved = encode(state)] { body.flush_state(saved); };
  task_.start(write, [this](std::exception_ptr failure) {
    work_done_.notify();
    on_flushed_(std::move(failure));
  });
}

}  // namespace torchhub::net::detail
