#include <torchhub/archive/detail/pickle_operands.h>

#include <algorithm>

namespace torchhub::archive::detail {
namespace {

constexpr std::uint8_t kMinProtocol = 2;  // of those that say so
constexpr std::uint8_t kMaxProtocol = 5;

}  // namespace

void PickleOperands::take_protocol() {
  if (at_ == end_ || *at_ != static_cast<std::uint8_t>(Opcode::proto)) return;
  take_byte();
  const std::uint8_t protocol = take_byte();
  if (protocol < kMinProtocol || protocol > kMaxProtocol)
    fail("is of protocol " + std::to_string(protocol) + "; 0 to 5 are read");
}

void PickleOperands::take_frame() {
  const std::uint64_t size = take(8);
  if (is_in_frame()) fail("begins a frame within a frame");
  if (size > left()) fail("has a frame that is longer than what is left");
  limit_ = at_ + size;
  is_framed_ = true;
}

void PickleOperands::take_end() {
  if (is_in_frame()) fail("ends before its frame does");
}

void PickleOperands::leave_frame(std::uint64_t size) {
  if (is_in_frame() && size <= left()) fail("crosses the end of a frame");
  if (size > left()) fail("is cut off, or holds a text that is longer than what is left");
  limit_ = end_;
  is_framed_ = false;
}

std::string_view PickleOperands::take_line(std::size_t longest) {
  if (at_ == limit_) leave_frame(1);
  const auto* const first = reinterpret_cast<const char*>(at_);
  const std::size_t searched = std::min(within(), longest + 1);
  const void* const newline = std::memchr(first, '\n', searched);
  if (!newline && searched == within() && limit_ != end_) fail("crosses the end of a frame");
  if (!newline) fail("holds a line that does not end, or a name of more than 256 characters");
  const auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - first);
  at_ += size + 1;
  return {first, size};
}

}  // namespace torchhub::archive::detail
