#ifndef TORCHHUB_NET_DETAIL_TRANSFER_TRANSFER_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_TRANSFER_H_
// One download: from its first request to its digest. Who owns whom:
//
//     Client ──▶ ClientState ──▶ OriginState, one for each server: its idle Connections
//                     ▲
//                     │ shared
//     Transfer ───────┘      one download; shared with its workers, which are coroutines
//      ├─▶ Source            one for each URL: redirects, credentials, a Connection to read an answer from
//      ├─▶ Worker            asks a Source for one span after the other; at most options.connections()
//      │     └─▶ OpenAnswer ──▶ Connection ──▶ Stream (TCP, or TLS over TCP)
//      ├─▶ KnownFile         what is known of the file: not opened, planned, streaming, streamed
//      ├─▶ WriteQueue        writes what the workers bring into the Body, in a thread
//      ├─▶ DigestFront       digests it in file order, in a thread
//      ├─▶ SavedProgress     keeps what the next download needs to go on
//      └─▶ Tally             counts, and tells
//     Body                   sink and digest, borrowed from the caller
//
// Its parts decide, it acts:
//
//     transfer.cc          supervises: how many workers, what is saved, when it is over, why it failed
//     transfer_open.cc     the first answer: what the file is, whether it can be had in ranges
//     transfer_worker.cc   a worker: one span after the other, what a failure means
//
// Everything happens on the client's strand; writes, digests and flushes in the client's threads.

#include <torchhub/net/detail/client/source.h>
#include <torchhub/net/detail/plan/connection_count.h>
#include <torchhub/net/detail/plan/overall_rate.h>
#include <torchhub/net/detail/scope_exit.h>
#include <torchhub/net/detail/stream/signal.h>
#include <torchhub/net/detail/transfer/body.h>
#include <torchhub/net/detail/transfer/digest_front.h>
#include <torchhub/net/detail/transfer/inflow.h>
#include <torchhub/net/detail/transfer/known_file.h>
#include <torchhub/net/detail/transfer/saved_progress.h>
#include <torchhub/net/detail/transfer/spare_pieces.h>
#include <torchhub/net/detail/transfer/tally.h>
#include <torchhub/net/detail/transfer/write_queue.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/error.h>
#include <torchhub/net/received.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
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
           DownloadOptions options, Time start = std::chrono::steady_clock::now());

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
  // What all workers are to be stopped for: nothing that is there can stay.
  enum class Restart { no, same_file, changed_file };

  // transfer.cc
  boost::asio::awaitable<Received> bring();
  boost::asio::awaitable<void> load();
  boost::asio::awaitable<void> supervise();
  boost::asio::awaitable<void> stop_workers();
  boost::asio::awaitable<void> wait_for_threads();
  boost::asio::awaitable<bool> is_last_word(std::span<const std::byte> digest);
  void start_again();
  void start_worker(unsigned index);
  void adjust_workers(Time now);
  void fail(std::exception_ptr failure);
  void fail(Error failure) { fail(std::make_exception_ptr(std::move(failure))); }
  bool is_over() const { return is_all_there(file_, front_.position()); }
  void save_and_flush(Time now);
  const Planned* kept() const;
  TransferState state(const Planned& planned) const;
  void report(Time now);
  unsigned running() const;
  unsigned connections() const;

  // transfer_open.cc
  boost::asio::awaitable<void> open(unsigned index);
  boost::asio::awaitable<void> open_ranges(unsigned index, OpenAnswer answer, Range asked);
  boost::asio::awaitable<void> open_whole(unsigned index, OpenAnswer answer);
  boost::asio::awaitable<void> stream(unsigned index, OpenAnswer answer, Described said,
                                      bool is_gzip);
  bool try_other_form();
  void forget_resumed();
  void forget_all();
  Plan& begin_plan(Planned planned);
  void check_size(std::uint64_t bytes) const;

  // transfer_worker.cc
  boost::asio::awaitable<void> work(unsigned index);
  boost::asio::awaitable<bool> work_once(unsigned index);
  boost::asio::awaitable<void> fetch_span(unsigned index, Range range);
  boost::asio::awaitable<void> receive(unsigned index, OpenAnswer answer, std::uint64_t at,
                                       std::uint64_t answer_end);
  boost::asio::awaitable<void> receive_span(unsigned index, OpenAnswer& answer, Inflow& inflow,
                                            std::uint64_t answer_end);
  boost::asio::awaitable<void> expect_end(OpenAnswer& answer, Inflow& inflow);
  void write(unsigned index, Inflow& inflow);
  void take_whole_for_range(Source& source, const OpenAnswer& answer, bool was_conditional);
  boost::asio::awaitable<std::size_t> read_limited(OpenAnswer& answer, std::span<std::byte> room);
  boost::asio::awaitable<void> wait_until_written(unsigned index);
  boost::asio::awaitable<void> recover(unsigned index, Error failure);
  void give_up(const Error& reason, Time now);
  void restart(Restart why);
  void restart_as_whole();
  void note_answer(unsigned index, const OpenAnswer& answer);
  void note_bytes(std::size_t bytes, Time now);
  void commit(std::span<const WriteQueue::Write> writes);
  Source& source_of(unsigned index);
  // Reads what the server says to it, and throws.
  boost::asio::awaitable<void> refuse(Source& source, OpenAnswer answer);
  [[noreturn]] void throw_status(Source& source, const OpenAnswer& answer, std::string body);
  bool is_by_hash() const { return options_.accept_digest() != nullptr; }
  bool is_ending() const { return is_stopping_ || failure_ || restart_ != Restart::no; }

  Plan* plan();
  Planned& planned() { return std::get<Planned>(file_); }

  std::shared_ptr<ClientState> client_;
  Body& body_;
  const DownloadOptions options_;
  const Time deadline_;
  std::vector<Source> sources_;
  std::size_t source_ = 0;  // those before it have failed

  KnownFile file_;
  Approach approach_;

  Signal attention_;  // the supervisor should look
  Signal
      progress_;  // something was written, digested or flushed, or a worker may find something to do
  ConnectionCount count_;
  std::vector<std::unique_ptr<Worker>> workers_;
  SparePieces pieces_;
  DigestFront front_;
  WriteQueue writes_;
  SavedProgress saved_;
  Tally tally_;
  OverallRate overall_rate_;

  bool is_stopping_ = false;
  std::exception_ptr failure_;
  Restart restart_ = Restart::no;
  unsigned restarts_ = 0;          // because the file had changed
  unsigned attempts_ = 0;          // failed, since something came that was not there before
  std::uint64_t most_filled_ = 0;  // bytes of the file that were there at once
  bool has_checked_ = false;       // a digest that was not accepted was looked into
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_TRANSFER_H_
