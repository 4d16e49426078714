#ifndef TORCHHUB_NET_DETAIL_TRANSFER_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_H_
// One download: from its first request to its digest. Its parts decide, it acts:
//
//   transfer.cc          the beat: how many workers, what is saved, when it is over, why it failed
//   transfer_open.cc     the first answer: what the file is, whether it can be had in ranges
//   transfer_worker.cc   a worker: a span after the other, what a failure means
//
// Everything happens on the client's strand; writes, digests and flushes in the client's threads.

#include <torchhub/net/content_range.h>
#include <torchhub/net/detail/background_task.h>
#include <torchhub/net/detail/body.h>
#include <torchhub/net/detail/connection_count.h>
#include <torchhub/net/detail/digest_front.h>
#include <torchhub/net/detail/plan.h>
#include <torchhub/net/detail/source.h>
#include <torchhub/net/detail/transfer_state.h>
#include <torchhub/net/detail/write_queue.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/error.h>
#include <torchhub/net/received.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::net::detail {

/// A URL as the caller has it, and what the downloader configuration asks instead.
struct Candidate {
  Url meant;
  Url asked;
};

class Transfer : public std::enable_shared_from_this<Transfer> {
 public:
  /// `body` must live until run() has ended.
  Transfer(std::shared_ptr<ClientState> client, const std::vector<Candidate>& urls, Body& body,
           DownloadOptions options);

  /// To be awaited on the client's strand, once.
  boost::asio::awaitable<Received> run();

 private:
  struct Worker {
    boost::asio::cancellation_signal cancel;
    Connection* connection = nullptr;  // while it has one
    bool is_running = false;
    unsigned failures = 0;     // in a row
    Source* source = nullptr;  // that it asked last
    std::uint64_t link = 0;    // of the source's, that answered
    bool was_redirected = false;
    unsigned unwritten = 0;  // of its pieces, on their way into the sink
  };

  // transfer.cc
  boost::asio::awaitable<Received> bring();
  boost::asio::awaitable<void> beat();
  boost::asio::awaitable<void> stop_workers();
  boost::asio::awaitable<bool> triage(std::span<const std::byte> digest);
  void start_again();
  boost::asio::awaitable<void> wait_for_threads();
  boost::asio::awaitable<void> in_worker_thread(std::function<void()> task);
  void start_worker(unsigned index);
  void adjust_workers(Time now);
  void fail(std::exception_ptr failure);
  void fail(Error failure) { fail(std::make_exception_ptr(std::move(failure))); }
  bool is_over() const;
  void keep_state(Time now);
  void save_at_failure() noexcept;
  void flush_state();
  TransferState state() const;
  void report(Time now, bool is_last);
  unsigned running() const;
  unsigned connections() const;

  // transfer_open.cc
  boost::asio::awaitable<void> load_state();
  boost::asio::awaitable<void> open(unsigned index);
  static bool is_whole_status(unsigned status);
  static bool is_part(const ResponseHead& head);
  static std::optional<ContentRange> range_of(const Answer& answer, Range asked);
  boost::asio::awaitable<void> open_ranges(unsigned index, Answer answer, Range asked);
  boost::asio::awaitable<void> open_whole(unsigned index, Answer answer);
  boost::asio::awaitable<void> stream(unsigned index, Answer answer, bool is_gzip);
  bool try_other_form();
  void forget_resumed();
  void forget_all();
  void begin_plan(Granules granules, bool may_split);
  void check_size(std::uint64_t bytes) const;

  // transfer_worker.cc
  boost::asio::awaitable<void> work(unsigned index);
  boost::asio::awaitable<bool> work_once(unsigned index);
  boost::asio::awaitable<void> fetch_span(unsigned index, Range range);
  boost::asio::awaitable<void> receive(unsigned index, Answer answer, std::uint64_t at,
                                       std::uint64_t answer_end);
  boost::asio::awaitable<void> recover(unsigned index, Error failure);
  boost::asio::awaitable<std::size_t> read_limited(Answer& answer, std::span<std::byte> room);
  boost::asio::awaitable<void> idle();
  void restart(bool has_changed);
  boost::asio::awaitable<void> settle(unsigned index);
  void note_answer(unsigned index, const Answer& answer);
  void note_bytes(std::size_t bytes, Time now);
  bool gets_no_better(Time now) const;
  void commit(std::span<const WriteQueue::Write> writes);
  Piece take_piece();
  Source& source_of(unsigned index);
  // Reads what the server says to it, and throws.
  boost::asio::awaitable<void> refuse(Source& source, Answer answer);
  [[noreturn]] void throw_status(Source& source, const Answer& answer, std::string body);
  bool is_by_hash() const { return options_.accept_digest() != nullptr; }
  bool has_alternative() const { return source_ + 1 < sources_.size(); }

  std::shared_ptr<ClientState> client_;
  Body& body_;
  const DownloadOptions options_;
  const std::uint64_t order_;
  const Time start_;
  const Time deadline_;
  std::vector<Source> sources_;
  std::size_t source_ = 0;  // those before it have failed

  // What is known of the file.
  std::optional<TransferState> resumed_;
  Entity entity_;
  std::optional<Plan> plan_;
  bool asks_whole_ = false;                   // ranges were no use
  std::optional<std::uint64_t> told_length_;  // by a range that was no use
  std::string coding_;                        // of the whole, as it came; "" for none
  std::optional<Error> doubt_;                // about it, to be told if the digest is not accepted
  bool takes_other_form_ = false;             // of gzip: not the one that the URL's name suggests
  bool has_opened_ = false;                   // a plan or a stream is under way
  bool is_streaming_ = false;                 // without a plan
  bool is_streamed_ = false;                  // to its end
  std::uint64_t streamed_ = 0;
  bool progress_counts_ = true;  // what arrives stays, whatever fails later
  bool wants_restart_ = false;   // nothing that is there can stay
  bool has_changed_ = false;     // because the file is another one by now

  // What goes on.
  ConnectionCount count_;
  std::vector<std::unique_ptr<Worker>> workers_;
  const Bytes no_midstate_;  // the digest's, of nothing
  DigestFront front_;
  WriteQueue writes_;
  BackgroundTask task_;  // of the body, besides the digest
  std::vector<Piece> spare_;
  boost::asio::steady_timer beat_;
  boost::asio::steady_timer work_;  // never expires; cancelled where an idle worker should look
  bool is_stopping_ = false;
  std::exception_ptr failure_;
  unsigned attempts_ = 0;          // failed, since something came that was not there before
  std::uint64_t most_filled_ = 0;  // bytes of the file that were there at once
  // Whether all connections together bring more than the least rate.
  std::uint64_t recent_bytes_ = 0;  // since recent_begin_
  Time recent_begin_{};
  Time good_until_{};  // when they last did
  unsigned restarts_ = 0;
  bool is_triaged_ = false;
  bool is_waiting_ = false;  // for another attempt

  // What is told and saved.
  RateMeter meter_;
  std::uint64_t received_ = 0;
  std::uint64_t resumed_bytes_ = 0;
  unsigned most_connections_ = 0;
  unsigned requests_ = 0;
  std::uint64_t reads_ = 0;
  std::string final_url_;
  Time reported_at_{};
  Time saved_at_{};
  std::uint64_t saved_digested_ = 0;
  std::uint64_t flushed_bytes_ = 0;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_H_
