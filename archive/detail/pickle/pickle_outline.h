#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_OUTLINE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_OUTLINE_H_
// Whether any reader of pickles could come to a name in some bytes, by the opcodes' lengths alone. Pure.
//
//   const bool is_harmless = !pickle_outline(bytes).imports;     // no pickle, or one of plain data
//
// For bytes that may be anything. A machine that knows what values mean stops where a value makes no sense
// to it, which another reader may take; one that knows lengths alone stops where nobody can go on: at a
// byte that is no opcode in any version of Python, or at the end.
//
// Source: Lib/pickletools.py and Modules/_pickle.c of CPython 3.8 to 3.14.

#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/bytes/utf8.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

struct PickleOutline {
  bool imports = false;  ///< an opcode that names a global can be reached, or readers part company
  bool calls = false;    ///< behind it, one that calls something or gives it a state
  bool is_cut = false;   ///< the bytes end before the pickle does
  /// An operand crosses the end of its frame: some readers drop the rest of the frame, others read on.
  bool is_disputed = false;
  bool ends_in_name = false;  ///< the bytes end with the first name
  bool is_whole = false;      ///< the pickle ends, with a value, where the bytes do
  std::optional<std::string_view>
      first_module;  ///< of the first name, if it stands behind its opcode
};

inline PickleOutline pickle_outline(std::span<const std::byte> bytes);

namespace pickle_outline_detail {

// What stands behind an opcode: nothing, bytes, a length and as many bytes, or a line. EXT opcodes and
// NEXT_BUFFER ask for what a program has to register or hand over, and raise where it has not.
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
  line,    // of any text
  quoted,  // of a text in quotes
  number,  // of an integer
  real
};

struct Kind {
  Operand operand = Operand::raises;
  bool pushes = false;
  bool is_text = false;
  std::uint8_t takes = 0;  // values that must be on the stack, left there or not
  bool ends_group = false;
};

constexpr std::array<Kind, 256> make_kinds() {
  std::array<Kind, 256> kinds{};
  const auto set = [&](const char* opcodes, Kind kind) {
    for (; *opcodes != '\0'; ++opcodes) kinds[static_cast<unsigned char>(*opcodes)] = kind;
  };
  set("(", {.operand = Operand::none, .pushes = true});
  set(")]}N\x88\x89\x8F", {.operand = Operand::none, .pushes = true});
  set("0\x94\x98", {.operand = Operand::none, .takes = 1});
  set("2", {.operand = Operand::none, .pushes = true, .is_text = true, .takes = 1});
  set("1eu\x90", {.operand = Operand::none, .ends_group = true});
  set("dlt\x91o", {.operand = Operand::none, .pushes = true, .ends_group = true});
  set("abR\x81", {.operand = Operand::none, .takes = 2});
  set("s\x92", {.operand = Operand::none, .takes = 3});
  set("\x85Q", {.operand = Operand::none, .pushes = true, .takes = 1});
  set("\x86", {.operand = Operand::none, .pushes = true, .takes = 2});
  set("\x87", {.operand = Operand::none, .pushes = true, .takes = 3});
  set("Kh", {.operand = Operand::one, .pushes = true});
  set("M", {.operand = Operand::two, .pushes = true});
  set("Jj", {.operand = Operand::four, .pushes = true});
  set("G", {.operand = Operand::eight, .pushes = true});
  set("q", {.operand = Operand::one, .takes = 1});
  set("\x80", {.operand = Operand::one});
  set("r", {.operand = Operand::four, .takes = 1});
  set("\x95", {.operand = Operand::eight});
  set("U\x8C", {.operand = Operand::text1, .pushes = true, .is_text = true});
  set("C\x8A", {.operand = Operand::text1, .pushes = true});
  set("TX", {.operand = Operand::text4, .pushes = true, .is_text = true});
  set("B\x8B", {.operand = Operand::text4, .pushes = true});
  set("\x8D", {.operand = Operand::text8, .pushes = true, .is_text = true});
  set("\x8E\x96", {.operand = Operand::text8, .pushes = true});
  set("S", {.operand = Operand::quoted, .pushes = true, .is_text = true});
  set("V", {.operand = Operand::line, .pushes = true, .is_text = true});
  set("P", {.operand = Operand::line, .pushes = true});
  set("F", {.operand = Operand::real, .pushes = true});
  set("ILg", {.operand = Operand::number, .pushes = true});
  set("p", {.operand = Operand::number, .takes = 1});
  return kinds;
}

inline constexpr std::array<Kind, 256> kKinds = make_kinds();

// Whether a line can be what Python takes for such an operand, by its first character.
inline bool may_be(Operand operand, std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t\r\f\v");
  const char first = at == line.npos ? '\0' : line[at];
  const bool is_number = (first >= '0' && first <= '9') || first == '-' || first == '+';
  switch (operand) {
    case Operand::quoted:
      return first == '\'' || first == '"';
    case Operand::number:
      return is_number;
    case Operand::real:
      return is_number || std::string_view(".nNiI").find(first) != std::string_view::npos;
    default:
      return true;
  }
}

class Outline {
 public:
  explicit Outline(std::span<const std::byte> bytes)
      : left_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  PickleOutline follow() {
    while (!left_.empty() && !outline_.is_disputed) {
      const char opcode = left_.front();
      left_.remove_prefix(1);
      if (opcode == '.') {
        outline_.is_whole = left_.empty() && values_ > 0;
        return outline_;
      }
      if (opcode == 'c' || opcode == 'i') {
        if (!name_global(opcode == 'c' || has_mark_)) return outline_;
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
      // Of fewer values than it takes, or of no group, Python raises.
      if (values_ < kind.takes || (kind.ends_group && !has_mark_)) return outline_;
      if (!take(kind.operand)) return outline_;
      if (opcode == '\x95') begin_frame();
      has_mark_ = has_mark_ || opcode == '(';
      if (outline_.imports &&
          std::string_view("Rob\x81\x92").find(opcode) != std::string_view::npos)
        outline_.calls = true;
      if (kind.pushes) ++values_;
      if (kind.is_text) ++texts_;
    }
    outline_.is_cut = left_.empty();
    return outline_;
  }

 private:
  // Two lines, behind all that C Python asks for, or not. At the end of a file C Python takes a line without its end.
  bool name_global(bool is_whole) {
    const std::string_view module = take_line();
    if (outline_.is_cut) return false;
    const std::string_view name = take_line();
    if (!is_utf8(module) || !is_utf8(name)) {
      outline_.is_cut = false;
      return false;
    }
    if (!outline_.imports) {
      outline_.first_module = module;
      outline_.ends_in_name = is_whole && left_.empty();
    }
    outline_.imports = true;
    return !outline_.is_cut;
  }

  // Of the size that was just read, if there are as many bytes; readers refuse another.
  void begin_frame() {
    const auto size = load_number<std::uint64_t>(left_.data() - sizeof(std::uint64_t));
    if (size > left_.size()) return;
    if (crosses_frame(static_cast<std::size_t>(size))) return dispute();
    frame_end_ = left_.data() + size;
  }

  bool crosses_frame(std::size_t size) const {
    return frame_end_ && left_.data() < frame_end_ && left_.data() + size > frame_end_;
  }

  void dispute() { outline_.is_disputed = outline_.imports = true; }

  std::string_view take_line() {
    const std::size_t end = left_.find('\n');
    outline_.is_cut = end == left_.npos;
    const std::string_view line = left_.substr(0, end);
    if (crosses_frame(line.size() + (outline_.is_cut ? 0u : 1u))) dispute();
    left_.remove_prefix(outline_.is_cut ? left_.size() : end + 1);
    return line;
  }

  bool skip(std::uint64_t size) {
    outline_.is_cut = size > left_.size();
    if (outline_.is_cut) return false;
    if (crosses_frame(static_cast<std::size_t>(size))) dispute();
    left_.remove_prefix(static_cast<std::size_t>(size));
    return true;
  }

  bool skip_text(std::size_t width) {
    const std::uint64_t size = load_bytes(left_.data(), std::min(width, left_.size()));
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
      case Operand::quoted:
      case Operand::number:
      case Operand::real: {
        const std::string_view line = take_line();
        return !outline_.is_cut && may_be(operand, line);
      }
    }
    return false;
  }

  std::string_view left_;
  const char* frame_end_ = nullptr;  // of the last one; null where none was begun
  PickleOutline outline_;
  std::size_t values_ = 0;  // as many as there can be on the stack
  std::size_t texts_ = 0;
  bool has_mark_ = false;
};

}  // namespace pickle_outline_detail

inline PickleOutline pickle_outline(std::span<const std::byte> bytes) {
  return pickle_outline_detail::Outline(bytes).follow();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_OUTLINE_H_
