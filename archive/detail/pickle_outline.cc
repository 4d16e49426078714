#include <torchhub/archive/detail/pickle_outline.h>
#include <torchhub/archive/detail/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace torchhub::archive::detail {
namespace {

// What stands behind an opcode: nothing, bytes, a length and as many bytes, or lines. BUFFER opcodes and
// EXT ones are known to no registry and to no buffer here: Python raises.
enum class Operand : std::uint8_t {
  raises,
  none,
  one,
  two,
  four,
  eight,
  text1,
  text4,
  text8,
  line
};

struct Kind {
  Operand operand = Operand::raises;
  bool pushes = false;
  bool is_text = false;
};

constexpr std::array<Kind, 256> make_kinds() {
  std::array<Kind, 256> kinds{};
  const auto set = [&](const char* opcodes, Operand operand, bool pushes, bool is_text = false) {
    for (; *opcodes != '\0'; ++opcodes)
      kinds[static_cast<unsigned char>(*opcodes)] = {operand, pushes, is_text};
  };
  set("012adelstub.RoQ\x81\x90\x91\x92\x94\x98", Operand::none, false);
  set("()]}N\x85\x86\x87\x88\x89\x8F", Operand::none, true);
  set("dlt\x91QRo\x81\x92", Operand::none, true);
  set("2", Operand::none, true, true);
  set("Kh", Operand::one, true);
  set("M", Operand::two, true);
  set("Jj", Operand::four, true);
  set("G", Operand::eight, true);
  set("q\x80", Operand::one, false);
  set("r", Operand::four, false);
  set("\x95", Operand::eight, false);
  set("U\x8C", Operand::text1, true, true);
  set("C\x8A", Operand::text1, true);
  set("TX", Operand::text4, true, true);
  set("B\x8B", Operand::text4, true);
  set("\x8D", Operand::text8, true, true);
  set("\x8E\x96", Operand::text8, true);
  set("SV", Operand::line, true, true);
  set("FILgP", Operand::line, true);
  set("p", Operand::line, false);
  return kinds;
}

constexpr std::array<Kind, 256> kKinds = make_kinds();

class Outline {
 public:
  explicit Outline(std::span<const std::byte> bytes)
      : left_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  PickleOutline follow() {
    while (!left_.empty()) {
      const char opcode = left_.front();
      left_.remove_prefix(1);
      if (opcode == '.') return outline_;
      if (opcode == 'c' || opcode == 'i') {
        if (!name_global()) return outline_;
        if (opcode == 'i' && has_mark_) outline_.calls = true;
        ++values_;
        continue;
      }
      if (opcode == '\x93') {
        if (texts_ == 0 || values_ < 2) return outline_;
        outline_.imports = true;
        continue;
      }
      const Kind kind = kKinds[static_cast<unsigned char>(opcode)];
      if (!take(kind.operand)) return outline_;
      has_mark_ = has_mark_ || opcode == '(';
      if (std::string_view("Rob\x81\x92").find(opcode) != std::string_view::npos) {
        // Of fewer values than it takes, Python raises.
        if (values_ < 2) return outline_;
        if (outline_.imports) outline_.calls = true;
      }
      if (kind.pushes) ++values_;
      if (kind.is_text) ++texts_;
    }
    outline_.is_cut = true;
    return outline_;
  }

 private:
  // Two lines. At the end of a file C Python takes a line without its end.
  bool name_global() {
    const std::string_view module = take_line();
    if (outline_.is_cut) return false;
    const std::string_view name = take_line();
    if (!is_utf8(module) || !is_utf8(name)) {
      outline_.is_cut = false;
      return false;
    }
    if (!outline_.imports) outline_.first_module = module;
    outline_.imports = true;
    return !outline_.is_cut;
  }

  std::string_view take_line() {
    const std::size_t end = left_.find('\n');
    outline_.is_cut = end == left_.npos;
    const std::string_view line = left_.substr(0, end);
    left_.remove_prefix(outline_.is_cut ? left_.size() : end + 1);
    return line;
  }

  bool skip(std::uint64_t size) {
    outline_.is_cut = size > left_.size();
    if (!outline_.is_cut) left_.remove_prefix(static_cast<std::size_t>(size));
    return !outline_.is_cut;
  }

  bool skip_text(std::size_t width) {
    std::uint64_t size = 0;
    std::memcpy(&size, left_.data(), std::min(width, left_.size()));
    return skip(width) && skip(size);
  }

  bool take(Operand operand) {
    switch (operand) {
      case Operand::raises:
        return false;
      case Operand::none:
        return true;
      case Operand::one:
        return skip(1);
      case Operand::two:
        return skip(2);
      case Operand::four:
        return skip(4);
      case Operand::eight:
        return skip(8);
      case Operand::text1:
        return skip_text(1);
      case Operand::text4:
        return skip_text(4);
      case Operand::text8:
        return skip_text(8);
      case Operand::line:
        take_line();
        return !outline_.is_cut;
    }
    return false;
  }

  std::string_view left_;
  PickleOutline outline_;
  std::size_t values_ = 0;  // as many as there can be on the stack
  std::size_t texts_ = 0;
  bool has_mark_ = false;
};

}  // namespace

PickleOutline pickle_outline(std::span<const std::byte> bytes) { return Outline(bytes).follow(); }

}  // namespace torchhub::archive::detail
