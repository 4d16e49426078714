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

std::string_view PickleOperands::take_line(std::size_t longest) {
  const auto* const first = reinterpret_cast<const char*>(at_);
  const std::size_t within = std::min(left(), longest + 1);
  const void* const newline = within > 0 ? std::memchr(first, '\n', within) : nullptr;
  if (!newline) fail("holds a line that does not end, or a name of more than 256 characters");
  const auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - first);
  at_ += size + 1;
  return {first, size};
}

}  // namespace torchhub::archive::detail
