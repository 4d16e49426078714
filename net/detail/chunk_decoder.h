#ifndef TORCHHUB_NET_DETAIL_CHUNK_DECODER_H_
#define TORCHHUB_NET_DETAIL_CHUNK_DECODER_H_
// Takes a chunked body apart, in constant memory whatever comes: extensions and trailers are passed over,
// within limits. Sizes may be padded with blanks, and lines end with LF alone, as curl has it.
//
//   ChunkDecoder decoder;
//   while (!decoder.is_done()) step = *decoder.decode(what_came, room);
//
// Source: RFC 9112 section 7.1. Limits: curl's of sixteen digits; Go's, since CVE-2023-39326, of extensions.

#include <torchhub/net/detail/http_flaw.h>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
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
  boost::system::result<void, HttpFlaw> take_size_digit(unsigned digit);
  boost::system::result<void, HttpFlaw> end_size_line();

  State state_ = State::before_size;
  std::uint64_t left_ = 0;      // of this chunk's data
  unsigned digits_ = 0;         // of this chunk's size
  std::size_t line_bytes_ = 0;  // of the line of this chunk's size
  std::uint64_t overhead_ = 0;  // bytes of such lines that data does not account for
  std::size_t trailer_bytes_ = 0;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CHUNK_DECODER_H_
