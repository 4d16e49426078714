#include <torchhub/archive/detail/pickle_memo.h>
#include <torchhub/archive/detail/pickle_opcode.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace torchhub::archive::detail {
namespace {

// Reads along opcodes without doing anything.
class MemoReader {
 public:
  explicit MemoReader(std::span<const std::byte> bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  std::vector<bool> wanted(std::size_t most) {
    std::vector<bool> wanted;
    const auto want = [&](std::uint64_t index) {
      if (index >= most) return;
      if (index >= wanted.size()) wanted.resize(static_cast<std::size_t>(index) + 1);
      wanted[static_cast<std::size_t>(index)] = true;
    };
    while (at_ != end_) {
      switch (static_cast<Opcode>(*at_++)) {
        case Opcode::stop:
          return wanted;
        case Opcode::binget:
          want(number(1));
          break;
        case Opcode::long_binget:
          want(number(4));
          break;
        case Opcode::get: {
          std::uint32_t index = 0;
          const auto* const first = reinterpret_cast<const char*>(at_);
          const auto* const last = reinterpret_cast<const char*>(end_);
          if (std::from_chars(first, last, index).ec == std::errc()) want(index);
          skip_line();
          break;
        }
        case Opcode::binint1:
        case Opcode::binput:
        case Opcode::proto:
          skip(1);
          break;
        case Opcode::binint2:
          skip(2);
          break;
        case Opcode::binint:
        case Opcode::long_binput:
          skip(4);
          break;
        case Opcode::binfloat:
        case Opcode::frame:
          skip(8);
          break;
        case Opcode::long1:
        case Opcode::short_binunicode:
        case Opcode::short_binstring:
        case Opcode::short_binbytes:
          skip(number(1));
          break;
        case Opcode::long4:
        case Opcode::binunicode:
        case Opcode::binstring:
        case Opcode::binbytes:
          skip(number(4));
          break;
        case Opcode::binunicode8:
        case Opcode::binbytes8:
        case Opcode::bytearray8:
          skip(number(8));
          break;
        case Opcode::global:
        case Opcode::inst:
          skip_line();
          skip_line();
          break;
        case Opcode::int_text:
        case Opcode::long_text:
        case Opcode::float_text:
        case Opcode::persid:
        case Opcode::string_text:
        case Opcode::unicode_text:
        case Opcode::put:
          skip_line();
          break;
        default:
          break;
      }
    }
    return wanted;
  }

 private:
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    if (size > static_cast<std::size_t>(end_ - at_)) {
      at_ = end_;
      return 0;
    }
    std::memcpy(&value, at_, size);
    at_ += size;
    return value;
  }

  void skip(std::uint64_t size) {
    at_ = size > static_cast<std::uint64_t>(end_ - at_) ? end_ : at_ + size;
  }

  void skip_line() {
    const void* const newline =
        at_ == end_ ? nullptr : std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
    at_ = newline ? static_cast<const std::uint8_t*>(newline) + 1 : end_;
  }

  const std::uint8_t* at_;
  const std::uint8_t* const end_;
};

}  // namespace

std::vector<bool> wanted_memos(std::span<const std::byte> bytes, std::size_t most) {
  return MemoReader(bytes).wanted(most);
}

}  // namespace torchhub::archive::detail
