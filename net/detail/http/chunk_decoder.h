#ifndef TORCHHUB_NET_DETAIL_HTTP_CHUNK_DECODER_H_
#define TORCHHUB_NET_DETAIL_HTTP_CHUNK_DECODER_H_
// Takes a chunked body apart, in constant memory whatever comes: extensions and trailers are passed over,
// within limits. Sizes may be padded with blanks, and lines end with LF alone, as curl has it.
//
//   ChunkDecoder decoder;
//   while (!decoder.is_done()) step = *decoder.decode(came, room);
//
// Source: RFC 9112 section 7.1. Limits: curl's of sixteen digits; Go's, since CVE-2023-39326, of extensions.

#include <torchhub/net/detail/http/head_parser.h>
#include <torchhub/net/detail/http/http_flaw.h>

#include <boost/system/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace torchhub::net::detail {

class ChunkDecoder {
 public:
  struct Step {
    std::size_t used = 0;   ///< bytes taken from `in`
    std::size_t given = 0;  ///< bytes of the body put into `out`
  };

  /// Goes on until `in` is used up, `out` is full or the body has ended. After a flaw nothing more may be
  /// decoded.
  boost::system::result<Step, HttpFlaw> decode(std::span<const std::byte> in,
                                               std::span<std::byte> out);

  /// Whether the last chunk and the trailer have come. What follows is another answer.
  bool is_done() const { return state_ == State::done; }

 private:
  enum class State {
    before_size,
    size,
    after_size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer_lf,
    trailer,
    done,
  };

  boost::system::result<void, HttpFlaw> take(char c);
  boost::system::result<void, HttpFlaw> count();
  boost::system::result<void, HttpFlaw> take_size_digit(unsigned digit);
  boost::system::result<void, HttpFlaw> end_size_line();

  State state_ = State::before_size;
  std::uint64_t left_ = 0;      // of this chunk's data
  unsigned digits_ = 0;         // of this chunk's size
  std::size_t line_bytes_ = 0;  // of the line of this chunk's size
  std::uint64_t overhead_ = 0;  // bytes of such lines that data does not account for
  std::size_t trailer_bytes_ = 0;
};

namespace chunk_decoder_detail {

inline constexpr unsigned kMaxDigits = 16;
inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 10;
inline constexpr std::uint64_t kMaxOverhead = std::uint64_t{16} << 10;
// What a line may cost without any extension, and an extension beside much data.
inline constexpr std::uint64_t kFreeLineBytes = 16;

inline std::optional<unsigned> hexadecimal(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace chunk_decoder_detail

inline boost::system::result<ChunkDecoder::Step, HttpFlaw> ChunkDecoder::decode(
    std::span<const std::byte> in, std::span<std::byte> out) {
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

// A byte more of a line before a chunk, or of the trailer, each of which has a limit.
inline boost::system::result<void, HttpFlaw> ChunkDecoder::count() {
  using namespace chunk_decoder_detail;
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
  return {};
}

// The next byte of what is not data.
inline boost::system::result<void, HttpFlaw> ChunkDecoder::take(char c) {
  const auto counted = count();
  if (!counted) return counted.error();
  const bool is_blank = c == ' ' || c == '\t';
  switch (state_) {
    case State::before_size:
      if (is_blank) return {};
      [[fallthrough]];
    case State::size:
      if (const auto digit = chunk_decoder_detail::hexadecimal(c)) return take_size_digit(*digit);
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

inline boost::system::result<void, HttpFlaw> ChunkDecoder::take_size_digit(unsigned digit) {
  state_ = State::size;
  // The sixteenth digit may only follow a small first one: no file is longer than 2^63 - 1.
  if (++digits_ > chunk_decoder_detail::kMaxDigits || left_ >> 59 != 0)
    return HttpFlaw::bad_chunk_size;
  left_ = left_ << 4 | digit;
  return {};
}

inline boost::system::result<void, HttpFlaw> ChunkDecoder::end_size_line() {
  using namespace chunk_decoder_detail;
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

#endif  // TORCHHUB_NET_DETAIL_HTTP_CHUNK_DECODER_H_
