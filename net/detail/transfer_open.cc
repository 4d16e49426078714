#include <torchhub/net/detail/content_coding.h>
#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/gunzip.h>
#include <torchhub/net/detail/transfer.h>

#include <algorithm>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// The first request brings a first span, and costs no round trip more than asking for the length.
constexpr std::uint64_t kFirstBytes = std::uint64_t{16} << 20;
// What is looked at again of a file that an earlier process left.
constexpr std::size_t kRecheckedGranules = 256;
constexpr unsigned kRecheckedAtRandom = 16;

// A server that calls a .gz file "encoded" tells how the file is, not how it came.
bool is_compressed_file(const Url& url) {
  std::string path = url.target().substr(0, url.target().find('?'));
  return path.ends_with(".gz") || path.ends_with(".tgz");
}

bool is_gzip(std::string_view coding) { return coding == "gzip" || coding == "x-gzip"; }

// Whether a 200 with a Content-Range brings all of the file. The header has no meaning there (RFC 9110 section
// 14.4), but who sends one may mean it.
bool is_whole(const ContentRange& range, const ResponseHead& head) {
  if (!range.total || head.content_length.value_or(*range.total) != *range.total) return false;
  return range.is_unsatisfied || (range.first == 0 && range.end == *range.total);
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

// What an earlier download left, as far as it can be trusted.
asio::awaitable<void> Transfer::load_state() {
  if (!body_.is_resumable() || !options_.resume()) co_return;
  const Bytes saved = body_.load_state();
  if (saved.empty()) co_return;
  resumed_ = decode(saved, body_.load_log());
  if (!resumed_) co_return;
  const bool is_other_url = resumed_->url != sources_.front().first().redacted();
  const bool is_judged = is_by_hash() || resumed_->entity.has_strong_validator();
  if ((is_other_url && !is_by_hash()) || !is_judged) {
    resumed_.reset();
    co_return;
  }
  // The bytes may not be what the journal says: another program, a disk.
  const std::vector<std::size_t> full = resumed_->granules.begun();
  std::vector<std::size_t> checked;
  for (unsigned i = 0; i < kRecheckedAtRandom && !full.empty(); ++i)
    checked.push_back(
        full[static_cast<std::size_t>(client_->random() * static_cast<double>(full.size()))]);
  const std::size_t last = std::min(full.size(), kRecheckedGranules);
  checked.insert(checked.end(), full.end() - static_cast<std::ptrdiff_t>(last), full.end());
  std::vector<std::size_t> bad;
  bool is_readable = true;
  const auto compare = [&] {
    Bytes buffer;
    for (const std::size_t i : checked) {
      const std::uint64_t begin = resumed_->granules.range(i).begin;
      buffer.resize(static_cast<std::size_t>(resumed_->granules.front(i) - begin));
      try {
        body_.read_at(begin, buffer);
      } catch (const boost::system::system_error&) {
        // The last granule is always looked at: what is shorter than that is another file.
        is_readable = false;
        return;
      }
      if (crc32c(buffer) != resumed_->granules.crc(i)) bad.push_back(i);
    }
  };
  co_await in_worker_thread(compare);
  if (!is_readable) {
    resumed_.reset();
    co_return;
  }
  for (const std::size_t index : bad) resumed_->granules.drop(index);
  const bool digest_holds = resumed_->granules.contiguous_end(0) >= resumed_->digested &&
                            body_.restore(resumed_->midstate);
  if (!digest_holds) {
    resumed_->digested = 0;
    body_.restore(no_midstate_);
  }
  front_.restart(resumed_->digested);
  resumed_bytes_ = resumed_->granules.filled();
}

void Transfer::forget_resumed() {
  resumed_.reset();
  resumed_bytes_ = 0;
  body_.restore(no_midstate_);
  front_.restart(0);
}

void Transfer::forget_all() {
  forget_resumed();
  plan_.reset();
  has_opened_ = is_streaming_ = is_streamed_ = false;
  progress_counts_ = true;
  entity_ = Entity();
  coding_.clear();
  doubt_.reset();
}

void Transfer::begin_plan(Granules granules, bool may_split) {
  check_size(granules.total());
  plan_.emplace(std::move(granules), may_split);
  plan_->set_digested(front_.position());
  has_opened_ = true;
  received_ = 0;
  flushed_bytes_ = plan_->granules().filled();
  body_.size_hint(plan_->granules().total());
  // Whatever comes from now on can be told from what was there.
  saved_at_ = Time();
  keep_state(steady_clock::now());
  front_.advance(plan_->granules().contiguous_end(0));
  beat_.cancel();
}

// 203 is the 200 of a proxy that changed something about it (RFC 9110 section 15.3.4).
bool Transfer::is_whole_status(unsigned status) { return status == 200 || status == 203; }

// Some object stores keep ranges and call them 200: what names a part is one.
bool Transfer::is_part(const ResponseHead& head) {
  return head.status == 206 || (is_whole_status(head.status) && head.find("content-range"));
}

// The range that a part brings, if it begins where it should, ends no later and has the length that it
// says. What came encoded is a range of something else.
std::optional<ContentRange> Transfer::range_of(const Answer& answer, Range asked) {
  if (!content_coding(answer.head).empty()) return std::nullopt;
  const auto got = parse_content_range(answer.head.find("content-range").value_or(""));
  if (!got || got->is_unsatisfied || got->first != asked.begin || got->end > asked.end)
    return std::nullopt;
  const std::uint64_t length = got->end - got->first;
  if (answer.head.content_length.value_or(length) != length) return std::nullopt;
  return *got;
}

// The first request, which says what the file is.
asio::awaitable<void> Transfer::open(unsigned index) {
  Source& source = sources_[source_];
  co_await source.wait_for_pause();
  Range asked{0, kFirstBytes};
  std::string if_range;
  if (resumed_) {
    const std::vector<Range> missing = resumed_->granules.missing();
    if (!missing.empty()) {
      asked = missing.front();
      asked.end = std::min(asked.end, asked.begin + kFirstBytes);
    } else {
      // All there: a byte tells whether it is still the same file.
      asked = Range{0, 1};
    }
    if (!source.origin().ignores_if_range) if_range = resumed_->entity.if_range();
  }
  ++requests_;
  const std::optional<Range> range = asks_whole_ ? std::nullopt : std::optional(asked);
  workers_[index]->source = &source;
  Answer answer = co_await source.ask(range, if_range, &workers_[index]->connection);
  note_answer(index, answer);
  final_url_ = answer.url->text();
  const unsigned status = answer.head.status;
  if (range && is_part(answer.head)) {
    co_await open_ranges(index, std::move(answer), asked);
  } else if (is_whole_status(status)) {
    const Entity entity = entity_of(answer.head, answer.head.content_length);
    if (resumed_ && !if_range.empty() && may_be_same(resumed_->entity, entity, is_by_hash())) {
      // Some servers drop the Range where there is an If-Range: once more without.
      source.origin().ignores_if_range = true;
      co_return;
    }
    co_await open_whole(index, std::move(answer));
  } else if (status == 416 && range) {
    // An empty file has no ranges. That it is empty is for an answer to say that brings it.
    if (!resumed_) asks_whole_ = true;
    if (resumed_) forget_resumed();
  } else {
    co_await refuse(source, std::move(answer));
  }
}

asio::awaitable<void> Transfer::open_ranges(unsigned index, Answer answer, Range asked) {
  const auto got = range_of(answer, asked);
  if (!got || !got->total) {
    // Not ranges that can be used: the whole, then.
    asks_whole_ = true;
    forget_resumed();
    co_return;
  }
  const Entity entity = entity_of(answer.head, got->total);
  if (resumed_ && !may_be_same(resumed_->entity, entity, is_by_hash())) {
    forget_resumed();
    co_return;
  }
  const bool is_complete = got->end - got->first == *got->total;
  if (!entity.has_strong_validator() && !is_by_hash() && !is_complete) {
    // Nothing would tell whether the next range is of the same file.
    asks_whole_ = true;
    told_length_ = got->total;
    co_return;
  }
  entity_ = entity;
  Granules granules = resumed_ ? resumed_->granules : Granules(*got->total);
  progress_counts_ = true;
  begin_plan(std::move(granules), true);
  if (plan_->is_complete()) co_return;
  count_.set_round_trip(answer.latency);
  plan_->set_latency(answer.latency);
  plan_->adopt(index, Range{got->first, got->end}, steady_clock::now());
  co_await receive(index, std::move(answer), got->first, got->end);
}

asio::awaitable<void> Transfer::open_whole(unsigned index, Answer answer) {
  if (resumed_) forget_resumed();
  asks_whole_ = true;
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
  coding_ = content_coding(answer.head);
  const bool is_file = coding_.empty() || is_compressed_file(*answer.url);
  doubt_.reset();
  if (!is_file && !is_gzip(coding_)) {
    doubt_ =
        Error(errc::unsupported_encoding, answer.url->redacted() + ": came with the encoding \"" +
                                              coding_ + "\", which was not asked for");
    // A known hash tells the file from what it was wrapped in.
    if (!is_by_hash()) throw Error(*doubt_);
  }
  const bool is_decoded = is_gzip(coding_) && is_file == takes_other_form_;
  entity_ = entity_of(answer.head, length ? length : told_length_);
  if (is_decoded || !answer.head.content_length) {
    progress_counts_ = false;
    co_await stream(index, std::move(answer), is_decoded);
    co_return;
  }
  const std::uint64_t total = *answer.head.content_length;
  // A stream that breaks off goes on from there, if the server knows ranges after all.
  progress_counts_ = body_.is_resumable() && entity_.has_strong_validator() && coding_.empty() &&
                     is_same_name(answer.head.find("accept-ranges").value_or(""), "bytes");
  begin_plan(Granules(total), false);
  if (total == 0) co_return;
  plan_->adopt(index, Range{0, total}, steady_clock::now());
  co_await receive(index, std::move(answer), 0, total);
}

// Whether what came as gzip is to be fetched once more and taken the other way: as it came rather than decoded,
// or decoded. The known hash will tell.
bool Transfer::try_other_form() {
  if (!is_by_hash() || !is_gzip(coding_) || takes_other_form_) return false;
  takes_other_form_ = true;
  restart(false);
  return true;
}

// A body whose length only its end tells. What breaks off begins anew.
asio::awaitable<void> Transfer::stream(unsigned index, Answer answer, bool is_gzip) {
  has_opened_ = is_streaming_ = true;
  streamed_ = 0;
  workers_[index]->connection = answer.connection.get();
  struct Hidden {
    Worker& worker;
    ~Hidden() { worker.connection = nullptr; }
  } const hidden{*workers_[index]};
  Gunzip gunzip;
  Piece in = std::make_shared<Bytes>(kGranuleBytes);
  const auto keep = [&](std::span<const std::byte> bytes) {
    check_size(streamed_ + bytes.size());
    body_.write_at(streamed_, bytes);
    front_.offer(streamed_, std::make_shared<Bytes>(bytes.begin(), bytes.end()), bytes.size());
    streamed_ += bytes.size();
    front_.advance(streamed_);
  };
  for (;;) {
    while (front_.is_full() && !front_.failure()) co_await idle();
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
  if (!is_gzip && entity_.total.value_or(streamed_) != streamed_) {
    // Asked for a range, the server says the length anew.
    asks_whole_ = false;
    told_length_.reset();
    throw Error(errc::truncated, answer.url->redacted() + ": receiving the body: it ended after " +
                                     std::to_string(streamed_) + " of " +
                                     std::to_string(*entity_.total) + " bytes");
  }
  give_back(*client_, answer);
  body_.size_hint(streamed_);
  is_streamed_ = true;
  beat_.cancel();
}

}  // namespace torchhub::net::detail
