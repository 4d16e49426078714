#include <torchhub/net/content_range.h>
#include <torchhub/net/detail/http/content_coding.h>
#include <torchhub/net/detail/transfer/gunzip.h>
#include <torchhub/net/detail/transfer/opening.h>
#include <torchhub/net/detail/transfer/transfer.h>

#include <algorithm>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// The first request brings a first span, and costs no round trip more than asking for the length.
constexpr std::uint64_t kFirstBytes = std::uint64_t{16} << 20;

Range first_range(const std::optional<TransferState>& resumed) {
  if (!resumed) return Range{0, kFirstBytes};
  const std::vector<Range> missing = resumed->granules.missing();
  // All there: a byte tells whether it is still the same file.
  if (missing.empty()) return Range{0, 1};
  return Range{missing.front().begin,
               std::min(missing.front().end, missing.front().begin + kFirstBytes)};
}

}  // namespace

void Transfer::check_size(std::uint64_t bytes) const {
  if (bytes <= std::min(options_.max_bytes(), kMaxFileBytes)) return;
  if (bytes > kMaxFileBytes) {
    throw Error(errc::too_large, sources_[source_].first().redacted() + ": " +
                                     std::to_string(bytes) +
                                     " bytes are said to come, more than any file can have");
  }
  throw Error(errc::too_large,
              sources_[source_].first().redacted() + ": the body is larger than the " +
                  std::to_string(options_.max_bytes()) + " bytes that were allowed");
}

void Transfer::forget_resumed() {
  if (auto* const unopened = std::get_if<Unopened>(&file_)) unopened->resumed.reset();
  tally_.resumed_bytes = 0;
  front_.begin_anew();
}

void Transfer::forget_all() {
  file_ = Unopened();
  forget_resumed();
}

Plan& Transfer::begin_plan(Planned planned) {
  check_size(planned.plan.granules().total());
  Plan& plan = file_.emplace<Planned>(std::move(planned)).plan;
  plan.set_digested(front_.position());
  tally_.received = 0;
  body_.size_hint(plan.granules().total());
  // Whatever comes from now on can be told from what was there.
  saved_.begin(plan.granules().filled());
  save_and_flush(steady_clock::now());
  front_.advance(plan.granules().contiguous_end(0));
  attention_.notify();
  return plan;
}

// The first request, which says what the file is.
asio::awaitable<void> Transfer::open(unsigned index) {
  Source& source = sources_[source_];
  co_await source.wait_for_pause();
  const auto& resumed = std::get<Unopened>(file_).resumed;
  const Range asked = first_range(resumed);
  std::string if_range;
  if (resumed && !source.origin().ignores_if_range) if_range = resumed->entity.if_range();
  ++tally_.requests;
  const std::optional<Range> range = approach_.asks_whole ? std::nullopt : std::optional(asked);
  workers_[index]->source = &source;
  OpenAnswer answer = co_await source.ask(range, if_range, &workers_[index]->connection);
  note_answer(index, answer);
  tally_.final_url = answer.url->text();
  const unsigned status = answer.head.status;
  if (range && is_part(answer.head)) {
    co_await open_ranges(index, std::move(answer), asked);
  } else if (is_whole_status(status)) {
    const Entity entity = entity_of(answer.head, answer.head.content_length);
    if (resumed && !if_range.empty() && may_be_same(resumed->entity, entity, is_by_hash())) {
      // Some servers drop the Range where there is an If-Range: once more without.
      source.origin().ignores_if_range = true;
      co_return;
    }
    co_await open_whole(index, std::move(answer));
  } else if (status == 416 && range) {
    // An empty file has no ranges. That it is empty is for an answer to say that brings it.
    if (!resumed) approach_.asks_whole = true;
    if (resumed) forget_resumed();
  } else {
    co_await refuse(source, std::move(answer));
  }
}

asio::awaitable<void> Transfer::open_ranges(unsigned index, OpenAnswer answer, Range asked) {
  const auto& resumed = std::get<Unopened>(file_).resumed;
  const auto got = range_of(answer.head, asked);
  if (!got || !got->total) {
    // Not ranges that can be used: the whole, then.
    approach_.asks_whole = true;
    forget_resumed();
    co_return;
  }
  const Entity entity = entity_of(answer.head, got->total);
  if (resumed && !may_be_same(resumed->entity, entity, is_by_hash())) {
    forget_resumed();
    co_return;
  }
  const bool is_complete = got->end - got->first == *got->total;
  if (!entity.has_strong_validator() && !is_by_hash() && !is_complete) {
    // Nothing would tell whether the next range is of the same file.
    approach_.asks_whole = true;
    approach_.told_length = got->total;
    co_return;
  }
  const Granules granules = resumed ? resumed->granules : Granules(*got->total);
  Plan& plan = begin_plan(Planned(Described(entity), Plan(granules, true), true));
  if (plan.is_complete()) co_return;
  count_.set_round_trip(answer.latency);
  plan.set_latency(answer.latency);
  plan.adopt(index, Range{got->first, got->end}, steady_clock::now());
  co_await receive(index, std::move(answer), got->first, got->end);
}

asio::awaitable<void> Transfer::open_whole(unsigned index, OpenAnswer answer) {
  if (std::get<Unopened>(file_).resumed) forget_resumed();
  approach_.asks_whole = true;
  std::optional<std::uint64_t> length = answer.head.content_length;
  if (const auto said = answer.head.find("content-range")) {
    const auto range = parse_content_range(*said);
    // Where the content's hash is known, it judges what cannot be read.
    if (range ? !is_whole(*range, answer.head) : !is_by_hash()) {
      throw Error(errc::bad_response,
                  answer.url->redacted() +
                      ": the server was asked for the whole file and calls what it sends a part (" +
                      std::string(*said) + ")");
    }
    if (range) length = range->total;
  }
  Described said(entity_of(answer.head, length ? length : approach_.told_length));
  said.coding = content_coding(answer.head);
  const bool is_file = said.coding.empty() || is_compressed_file(*answer.url);
  if (!is_file && !is_gzip(said.coding)) {
    said.doubt =
        Error(errc::unsupported_encoding, answer.url->redacted() + ": came with the encoding \"" +
                                              said.coding + "\", which was not asked for");
    // A known hash tells the file from what it was wrapped in.
    if (!is_by_hash()) throw Error(*said.doubt);
  }
  const bool is_decoded = is_gzip(said.coding) && is_file == approach_.takes_other_form;
  if (is_decoded || !answer.head.content_length) {
    co_await stream(index, std::move(answer), std::move(said), is_decoded);
    co_return;
  }
  const std::uint64_t total = *answer.head.content_length;
  // A stream that breaks off goes on from there, if the server knows ranges after all.
  const bool stays = body_.is_resumable() && said.entity.has_strong_validator() &&
                     said.coding.empty() &&
                     is_same_name(answer.head.find("accept-ranges").value_or(""), "bytes");
  Plan& plan = begin_plan(Planned(std::move(said), Plan(Granules(total), false), stays));
  if (total == 0) co_return;
  plan.adopt(index, Range{0, total}, steady_clock::now());
  co_await receive(index, std::move(answer), 0, total);
}

// Whether what came as gzip is to be fetched once more and taken the other way: as it came rather than decoded,
// or decoded. The known hash will tell.
bool Transfer::try_other_form() {
  const Described* const said = described(file_);
  if (!is_by_hash() || !said || !is_gzip(said->coding) || approach_.takes_other_form) return false;
  approach_.takes_other_form = true;
  restart(Restart::same_file);
  return true;
}

// A body whose length only its end tells. What breaks off begins anew.
asio::awaitable<void> Transfer::stream(unsigned index, OpenAnswer answer, Described said,
                                       bool is_gzip) {
  Streaming& streaming = file_.emplace<Streaming>(std::move(said));
  Worker& worker = *workers_[index];
  worker.connection = answer.connection.get();
  const ScopeExit hide([&] { worker.connection = nullptr; });
  Gunzip gunzip;
  Piece in = std::make_shared<Bytes>(kGranuleBytes);
  const auto keep = [&](std::span<const std::byte> bytes) {
    std::uint64_t& there = streaming.bytes;
    check_size(there + bytes.size());
    body_.write_at(there, bytes);
    front_.offer(there, std::make_shared<Bytes>(bytes.begin(), bytes.end()), bytes.size());
    there += bytes.size();
    front_.advance(there);
  };
  for (;;) {
    while (front_.is_full() && !front_.failure()) co_await progress_.wait();
    const std::size_t got = co_await read_limited(answer, *in);
    if (got == 0) break;
    note_bytes(got, steady_clock::now());
    const auto bytes = std::span<const std::byte>(*in).first(got);
    if (!is_gzip) {
      keep(bytes);
    } else if (!gunzip.decode(bytes, keep)) {
      if (try_other_form()) co_return;
      throw Error(errc::unsupported_encoding,
                  answer.url->redacted() + ": came as gzip that cannot be decoded");
    }
  }
  if (is_gzip && !gunzip.is_complete()) {
    throw Error(errc::truncated,
                answer.url->redacted() + ": receiving the body: its gzip stream was cut");
  }
  const std::optional<std::uint64_t> told = streaming.said.entity.total;
  if (!is_gzip && told.value_or(streaming.bytes) != streaming.bytes) {
    // Asked for a range, the server says the length anew.
    approach_.asks_whole = false;
    approach_.told_length.reset();
    throw Error(errc::truncated, answer.url->redacted() + ": receiving the body: it ended after " +
                                     std::to_string(streaming.bytes) + " of " +
                                     std::to_string(*told) + " bytes");
  }
  give_back(*client_, answer);
  body_.size_hint(streaming.bytes);
  file_ = Streamed(std::move(streaming));
  attention_.notify();
}

}  // namespace torchhub::net::detail
