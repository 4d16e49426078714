#include <torchhub/net/detail/transfer/gunzip.h>

#include <zlib.h>

#include <new>
#include <vector>

namespace torchhub::net::detail {
namespace {
constexpr std::size_t kOutBytes = std::size_t{256} << 10;
constexpr std::uint64_t kUnjudgedBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxRatio = 200;
// gzip's format, not zlib's.
constexpr int kGzipWindow = 15 + 16;
}  // namespace

struct Gunzip::State {
  z_stream stream{};
  std::vector<std::byte> out = std::vector<std::byte>(kOutBytes);
  bool has_ended = false;
  std::uint64_t came = 0;
  std::uint64_t went = 0;
};

Gunzip::Gunzip() : state_(std::make_unique<State>()) {
  if (inflateInit2(&state_->stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() { inflateEnd(&state_->stream); }

bool Gunzip::is_complete() const { return state_->has_ended; }

bool Gunzip::decode(std::span<const std::byte> bytes,
                    const std::function<void(std::span<const std::byte>)>& take) {
  z_stream& stream = state_->stream;
  // zlib does not write to its input; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    // A gzip file may have several members (RFC 1952 section 2.2).
    if (state_->has_ended && stream.avail_in > 0) {
      if (inflateReset(&stream) != Z_OK) return false;
      state_->has_ended = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(state_->out.data());
    stream.avail_out = static_cast<uInt>(state_->out.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t count = state_->out.size() - stream.avail_out;
    if (count > 0) take(std::span(state_->out).first(count));
    state_->has_ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return false;
    state_->came += bytes.size() - stream.avail_in;
    state_->went += count;
    bytes = bytes.last(stream.avail_in);
    if (state_->went > kUnjudgedBytes && state_->went / kMaxRatio > state_->came) return false;
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  return true;
}

}  // namespace torchhub::net::detail
