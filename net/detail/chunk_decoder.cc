#include <torchhub/net/detail/chunk_decoder.h>
#include <torchhub/net/detail/head_parser.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace torchhub::net::detail {
namespace {

using boost::system::result;

constexpr unsigned kMaxDigits = 16;
constexpr std::size_t kMaxLineBytes = std::size_t{16} << 10;
constexpr std::uint64_t kMaxOverhead = std::uint64_t{16} << 10;
// What a line may cost without any extension, and an extension beside much data.
constexpr std::uint64_t kFreeLineBytes = 16;

std::optional<unsigned> hexadecimal(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace

result<ChunkDecoder::Step, HttpFlaw> ChunkDecoder::decode(std::span<const std::byte> in,
                                                          std::span<std::byte> out) {
  Step step;
  while (step.used < in.size() && !is_done()) {
    if (state_ == State::data) {
      if (step.given == out.size()) break;
      const auto piece = static_cast<std::size_t>(
          std::min<std::uint64_t>({left_, in.size() - step.used, out.size() - step.given}));
      std::memcpy(out.data() + step.given, in.data() + step.used, piece);
      step.used += piece;
      step.given += piece;
      left_ -= piece;
      if (left_ == 0) state_ = State::data_cr;
      continue;
    }
    const auto taken = take(static_cast<char>(in[step.used]));
    if (!taken) return taken.error();
    ++step.used;
  }
  return step;
}

// The next byte of what is not data.
result<void, HttpFlaw> ChunkDecoder::take(char c) {
  switch (state_) {
    case State::before_size:
    case State::size:
    case State::after_size:
    case State::extension:
    case State::size_lf:
      if (++line_bytes_ > kMaxLineBytes) return HttpFlaw::chunk_line_too_long;
      break;
    case State::trailer_begin:
    case State::trailer_lf:
    case State::trailer:
      if (++trailer_bytes_ > kMaxHeadBytes) return HttpFlaw::trailer_too_long;
      break;
    default:
      break;
  }
  const bool is_blank = c == ' ' || c == '\t';
  switch (state_) {
    case State::before_size:
      if (is_blank) return {};
      [[fallthrough]];
    case State::size:
      if (const auto digit = hexadecimal(c)) return take_size_digit(*digit);
      if (digits_ == 0) return HttpFlaw::bad_chunk_size;
      [[fallthrough]];
    case State::after_size:
      if (c == '\n') return end_size_line();
      if (c == '\r') {
        state_ = State::size_lf;
      } else if (c == ';') {
        state_ = State::extension;
      } else if (is_blank) {
        state_ = State::after_size;
      } else {
        return HttpFlaw::bad_chunk_size;
      }
      return {};
    case State::extension:
      if (c == '\n') return end_size_line();
      return {};
    case State::size_lf:
      if (c != '\n') return HttpFlaw::bad_chunk_size;
      return end_size_line();
    case State::data_cr:
      if (c == '\r') {
        state_ = State::data_lf;
        return {};
      }
      [[fallthrough]];
    case State::data_lf:
      if (c != '\n') return HttpFlaw::chunk_without_end;
      state_ = State::before_size;
      return {};
    case State::trailer_begin:
      state_ = c == '\n' ? State::done : c == '\r' ? State::trailer_lf : State::trailer;
      return {};
    case State::trailer_lf:
      state_ = c == '\n' ? State::done : State::trailer;
      return {};
    case State::trailer:
      if (c == '\n') state_ = State::trailer_begin;
      return {};
    case State::data:
    case State::done:
      break;
  }
  return {};
}

result<void, HttpFlaw> ChunkDecoder::take_size_digit(unsigned digit) {
  state_ = State::size;
  // The sixteenth digit may only follow a small first one: no file is longer than 2^63 - 1.
  if (++digits_ > kMaxDigits || left_ >> 59 != 0) return HttpFlaw::bad_chunk_size;
  left_ = left_ << 4 | digit;
  return {};
}

result<void, HttpFlaw> ChunkDecoder::end_size_line() {
  overhead_ += line_bytes_;
  const std::uint64_t accounted = std::min(left_, kMaxOverhead) * 2 + kFreeLineBytes;
  overhead_ -= std::min(overhead_, accounted);
  if (overhead_ > kMaxOverhead) return HttpFlaw::too_many_extensions;
  state_ = left_ > 0 ? State::data : State::trailer_begin;
  line_bytes_ = 0;
  digits_ = 0;
  return {};
}

}  // namespace torchhub::net::detail
