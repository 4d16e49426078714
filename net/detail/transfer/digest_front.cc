#include <torchhub/net/detail/transfer/digest_front.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace torchhub::net::detail {
namespace {

constexpr std::size_t kMaxHeldBytes = std::size_t{16} << 20;
// Long enough that handing it over costs nothing, short enough to be waited for.
constexpr std::uint64_t kJobBytes = std::uint64_t{4} << 20;
constexpr std::size_t kReadBytes = std::size_t{256} << 10;

}  // namespace

// A stretch of the body, in pieces from memory and gaps to be read.
struct DigestFront::Job {
  struct Part {
    Piece piece;  // empty: read it
    std::uint64_t offset = 0;
    std::size_t skip = 0;
    std::size_t size = 0;
  };

  void run(Body& body) {
    Bytes buffer;
    for (const Part& part : parts) {
      if (part.piece) {
        body.update(std::span(*part.piece).subspan(part.skip, part.size));
        continue;
      }
      buffer.resize(kReadBytes);
      for (std::size_t done = 0; done < part.size;) {
        const auto room = std::span(buffer).first(std::min(kReadBytes, part.size - done));
        body.read_at(part.offset + done, room);
        body.update(room);
        done += room.size();
      }
    }
    midstate = body.midstate();
  }

  std::vector<Part> parts;
  std::uint64_t end = 0;
  Bytes midstate;
};

DigestFront::DigestFront(Strand strand, boost::asio::thread_pool& threads, Body& body,
                         std::function<void()> on_progress)
    : body_(body),
      on_progress_(std::move(on_progress)),
      empty_midstate_(body.midstate()),
      midstate_(empty_midstate_),
      task_(std::move(strand), threads) {}

void DigestFront::restart(std::uint64_t offset) {
  held_.clear();
  held_bytes_ = 0;
  position_ = available_ = offset;
  midstate_ = body_.midstate();
  failure_ = nullptr;
}

void DigestFront::begin_anew() {
  body_.restore(empty_midstate_);
  restart(0);
}

bool DigestFront::is_full() const { return held_bytes_ >= kMaxHeldBytes; }

bool DigestFront::is_saturated() const {
  return is_full() && task_.is_running() && held_.begin()->first <= position_;
}

bool DigestFront::is_busy() const { return task_.is_running() || position_ < available_; }

void DigestFront::offer(std::uint64_t offset, Piece piece, std::size_t size) {
  // Without a sink to read from, a piece is all there is.
  if (offset < position_ || (is_full() && body_.is_resumable())) return;
  const auto [entry, is_new] = held_.try_emplace(offset, Held{std::move(piece), size});
  if (is_new) held_bytes_ += size;
}

void DigestFront::advance(std::uint64_t end) {
  available_ = std::max(available_, end);
  if (!task_.is_running() && !failure_ && position_ < available_) start_job();
}

void DigestFront::start_job() {
  const auto job = std::make_shared<Job>();
  std::uint64_t at = position_;
  const std::uint64_t stop = std::min(available_, position_ + kJobBytes);
  while (at < stop) {
    Job::Part part;
    part.offset = at;
    const auto after = held_.upper_bound(at);
    const auto here = after == held_.begin() ? held_.end() : std::prev(after);
    if (here != held_.end() && at < here->first + here->second.size) {
      part.piece = here->second.piece;
      part.skip = static_cast<std::size_t>(at - here->first);
      part.size = static_cast<std::size_t>(
          std::min<std::uint64_t>(here->second.size - part.skip, available_ - at));
    } else {
      const std::uint64_t next = after == held_.end() ? stop : std::min(after->first, stop);
      part.size = static_cast<std::size_t>(next - at);
    }
    at += part.size;
    job->parts.push_back(std::move(part));
  }
  job->end = at;
  task_.start([job, &body = body_] { job->run(body); },
              [this, job](std::exception_ptr failure) { finish_job(*job, std::move(failure)); });
}

void DigestFront::finish_job(Job& job, std::exception_ptr failure) {
  // Its pieces are free again here, not when the thread forgets the job.
  job.parts.clear();
  failure_ = std::move(failure);
  if (!failure_) {
    position_ = job.end;
    midstate_ = job.midstate;
  }
  while (!held_.empty() && held_.begin()->first + held_.begin()->second.size <= position_) {
    held_bytes_ -= held_.begin()->second.size;
    held_.erase(held_.begin());
  }
  if (!failure_ && position_ < available_) start_job();
  on_progress_();
}

}  // namespace torchhub::net::detail
