#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_MACHINE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_MACHINE_H_
// unpickle() itself. Each world has a .cc file, such as data_world.cc, that includes this and instantiates it.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/utf8.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/pickle/pickle_keys.h>
#include <torchhub/archive/detail/pickle/pickle_literals.h>
#include <torchhub/archive/detail/pickle/pickle_memo.h>
#include <torchhub/archive/detail/pickle/pickle_opcode.h>
#include <torchhub/archive/detail/pickle/pickle_operands.h>
#include <torchhub/archive/detail/pickle/pickle_stack.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

/// Runs one pickle. `World` says what its names mean; no call of it is virtual, so that a world's functions
/// are part of the loop.
template <PickleWorld World>
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, Arena& arena, World& world)
      : operands_(bytes),
        arena_(arena),
        world_(world),
        stack_(operands_, kFewValues + bytes.size() / 6),
        memo_(operands_, bytes, kFewValues + bytes.size() / 3, arena),
        keys_(operands_) {}
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Unpickled run() {
    operands_.take_protocol();
    for (;;) {
      const Opcode opcode = operands_.take_opcode();
      if (opcode == Opcode::stop) break;
      step(opcode);
    }
    operands_.take_end();
    return {stack_.take_result(), operands_.taken()};
  }

 private:
  using Kind = Value::Kind;

  // The stack and the memo have bounds of their own, beside the arena's.
  static constexpr std::size_t kFewValues = std::size_t{1} << 18;
  static constexpr std::size_t kMaxGlobalName = 256;
  static constexpr std::size_t kFewArguments = 8;

  [[gnu::always_inline]] void step(Opcode opcode) {
    switch (opcode) {
      case Opcode::none:
        return push(Value());
      case Opcode::newtrue:
        return push({Kind::boolean, 1});
      case Opcode::newfalse:
        return push({Kind::boolean, 0});
      case Opcode::binint:
        return push_integer(static_cast<std::int32_t>(operands_.take(4)));
      case Opcode::binint1:
        return push({Kind::integer, operands_.take_byte()});
      case Opcode::binint2:
        return push({Kind::integer, operands_.take(2)});
      case Opcode::long1:
        return push(take_long(operands_, operands_.take_byte()));
      case Opcode::long4:
        return push(take_long(operands_, operands_.take(4)));
      case Opcode::binfloat:  // big endian, alone among pickle's numbers
        return push({Kind::real, __builtin_bswap64(operands_.take(8))});
      case Opcode::int_text:
        return push(take_int_text(operands_, arena_));
      case Opcode::long_text:
        return push(take_long_text(operands_, arena_));
      case Opcode::float_text:
        return push(take_real_text(operands_));
      case Opcode::string_text:
        return push(take_quoted_text(operands_, arena_));
      case Opcode::unicode_text:
        return push(take_escaped_text(operands_, arena_));
      case Opcode::short_binunicode:
        return push_text(operands_.take_byte());
      case Opcode::binunicode:
        return push_text(operands_.take(4));
      case Opcode::binunicode8:
        return push_text(operands_.take(8));
      case Opcode::short_binstring:
        return push(take_python2_text(operands_, arena_, operands_.take_byte()));
      case Opcode::binstring:
        return push(take_python2_text(operands_, arena_, operands_.take(4)));
      case Opcode::short_binbytes:
        return push_bytes(operands_.take_byte());
      case Opcode::binbytes:
        return push_bytes(operands_.take(4));
      case Opcode::binbytes8:
      case Opcode::bytearray8:
        return push_bytes(operands_.take(8));
      case Opcode::empty_list:
        return push({Kind::list, arena_.make<Sequence>(), 0});
      case Opcode::empty_set:
        return push({Kind::set, arena_.make<Sequence>(), 0});
      case Opcode::empty_dict:
        return push({Kind::dict, arena_.make<Mapping>(), 0});
      case Opcode::empty_tuple:
        return push({Kind::tuple, 0});
      case Opcode::tuple1:
        return push_tuple(1);
      case Opcode::tuple2:
        return push_tuple(2);
      case Opcode::tuple3:
        return push_tuple(3);
      case Opcode::tuple:
        return push_tuple(stack_.close_group());
      case Opcode::list:
        return push_group(Kind::list, stack_.close_group());
      case Opcode::frozenset: {
        push_group(Kind::set, stack_.close_group());
        const Value set = top();
        set.pointer<Sequence>()->most = 0;
        return;
      }
      case Opcode::dict:
        return push_dict(stack_.close_group());
      case Opcode::mark:
        return stack_.open_group();
      case Opcode::append:
        return add_items(Kind::list, 1);
      case Opcode::appends:
        return add_items(Kind::list, stack_.close_group());
      case Opcode::additems:
        return add_items(Kind::set, stack_.close_group());
      case Opcode::setitem:
        return add_entries(2);
      case Opcode::setitems:
        return add_entries(stack_.close_group());
      case Opcode::pop:
        return stack_.pop_value_or_mark();
      case Opcode::pop_mark:
        return stack_.drop(stack_.close_group());
      case Opcode::dup:
        fresh_ = nullptr;
        return push(top());
      case Opcode::put:
        return put(operands_.take_index());
      case Opcode::binput:
        return put(operands_.take_byte());
      case Opcode::long_binput:
        return put(operands_.take(4));
      case Opcode::memoize:
        return put(memo_.next());
      case Opcode::get:
        return push(memo_.get(operands_.take_index()));
      case Opcode::binget:
        return push(memo_.get(operands_.take_byte()));
      case Opcode::long_binget:
        return push(memo_.get(operands_.take(4)));
      case Opcode::frame:
        return operands_.take_frame();
      case Opcode::global: {
        const std::string_view module = operands_.take_line(kMaxGlobalName);
        return push(global(module, operands_.take_line(kMaxGlobalName)));
      }
      case Opcode::stack_global: {
        const Value name = pop();
        const Value module = pop();
        if (name.kind() != Kind::string || module.kind() != Kind::string)
          fail("names a global by no text");
        if (name.size() > kMaxGlobalName || module.size() > kMaxGlobalName)
          fail("names a global of more than 256 characters");
        return push(global(module.string(), name.string()));
      }
      case Opcode::reduce:
      case Opcode::newobj: {
        const Value arguments = pop();
        const Value callable = pop();
        const bool is_callable = callable.kind() == Kind::named || callable.kind() == Kind::object;
        if (arguments.kind() != Kind::tuple || !is_callable) fail("calls what cannot be called");
        return push(call(callable, arguments.items(),
                         opcode == Opcode::reduce ? Calling::as_function : Calling::as_new));
      }
      case Opcode::newobj_ex: {
        const Value keywords = pop();
        const Value arguments = pop();
        const Value callable = pop();
        const bool is_callable = callable.kind() == Kind::named || callable.kind() == Kind::object;
        if (keywords.kind() != Kind::dict || arguments.kind() != Kind::tuple || !is_callable)
          fail("calls what cannot be called");
        return push(world_.call_with_keywords(callable, arguments.items(), keywords, offset()));
      }
      case Opcode::binpersid: {
        const Value id = pop();
        const Value made = world_.persistent(id, offset());
        if (id.kind() == Kind::tuple) discard(id.items());
        return push(made);
      }
      case Opcode::persid: {
        const std::string_view id = operands_.take_line(operands_.left());
        if (!is_ascii(id)) fail("has a persistent id that is not ASCII");
        return push(world_.persistent({Kind::string, id.data(), id.size()}, offset()));
      }
      case Opcode::build: {
        const Value state = pop();
        return world_.build(top(), state, offset());
      }
      case Opcode::inst: {
        const std::string_view module = operands_.take_line(kMaxGlobalName);
        const Value callable = global(module, operands_.take_line(kMaxGlobalName));
        return push(instance(callable, stack_.close_group()));
      }
      case Opcode::obj: {
        const std::size_t count = stack_.close_group();
        if (count == 0) fail("builds an object of no class");
        const Value callable = *stack_.last(count);
        const Value made = instance(callable, count - 1);
        stack_.drop(1);
        return push(made);
      }
      case Opcode::proto:
      case Opcode::stop:
        break;
    }
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<std::uint8_t>(opcode);
    fail(std::string("uses opcode 0x") + kDigits[byte >> 4] + kDigits[byte & 15] +
         ", which is not read");
  }

  Value global(std::string_view module, std::string_view name) {
    if (module.empty() || name.empty())
      fail(errc::refused_global, "names a global of no module or no name");
    return world_.global(module, name, offset());
  }

  void push_integer(std::int64_t value) {
    push({Kind::integer, std::bit_cast<std::uint64_t>(value)});
  }

  void push_text(std::uint64_t size) {
    std::string_view text = operands_.take_bytes(size);
    if (!is_utf8(text)) text = with_lone_surrogates(text);
    push({Kind::string, text.data(), text.size()});
  }

  // Python's texts may hold halves of surrogate pairs, as file names that are no UTF-8 do.
  [[gnu::cold]] std::string_view with_lone_surrogates(std::string_view text) {
    const auto escaped = utf8_of_surrogates(text);
    if (!escaped) fail("holds a text that is not UTF-8");
    return arena_.copy(*escaped);
  }

  void push_bytes(std::uint64_t size) {
    const std::string_view bytes = operands_.take_bytes(size);
    push({Kind::bytes, bytes.data(), bytes.size()});
  }

  Value* copy_items(std::size_t count) {
    stack_.check_available(count);
    Value* const items = arena_.allocate<Value>(count);
    std::copy_n(stack_.last(count), count, items);
    stack_.drop(count);
    return items;
  }

  void push_tuple(std::size_t count) {
    if (count == 0) return push({Kind::tuple, 0});
    const Value* const items = copy_items(count);
    fresh_ = items;
    push({Kind::tuple, items, count});
  }

  // Arguments that nobody else can see give their memory back before the call needs some.
  Value call(Value callable, std::span<const Value> arguments, Calling calling) {
    std::array<Value, kFewArguments> copied;
    const bool is_kept =
        callable.kind() == Kind::object || callable.pointer<GlobalName>()->keeps_arguments;
    if (is_kept || arguments.size() > copied.size() || !is_fresh(arguments))
      return world_.call(callable, arguments, calling, offset());
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): they are a tuple's, all of them set.
    std::copy(arguments.begin(), arguments.end(), copied.begin());
    discard(arguments);
    return world_.call(callable, std::span(copied).first(arguments.size()), calling, offset());
  }

  // Python 2's instances: what `callable` builds from the `count` values on top, which are dropped.
  Value instance(Value callable, std::size_t count) {
    if (callable.kind() != Kind::named) fail("calls what cannot be called");
    const Value* const arguments = copy_items(count);
    return world_.call(callable, {arguments, count}, Calling::as_function, offset());
  }

  // Whether a tuple was just built, and neither a memo nor another value refers to it.
  bool is_fresh(std::span<const Value> items) const {
    return !items.empty() && items.data() == fresh_;
  }

  void discard(std::span<const Value> items) {
    if (!is_fresh(items)) return;
    arena_.take_back(items.data(), items.size());
    fresh_ = nullptr;
  }

  void push_group(Kind kind, std::size_t count) {
    Value* const items = copy_items(count);
    if (kind == Kind::set) check_members({items, count});
    const auto size = static_cast<std::uint32_t>(count);
    push({kind, arena_.make<Sequence>(items, size, size), 0});
  }

  void push_dict(std::size_t count) {
    stack_.check_available(count);
    const Value dict(Kind::dict, arena_.make<Mapping>(), 0);
    push(dict);
    std::rotate(stack_.last(count + 1), stack_.last(1), stack_.last(0));
    add_entries(count);
  }

  // Room for `more` elements behind those that are there.
  template <class T>
  void reserve(T*& items, std::uint32_t size, std::uint32_t& capacity, std::size_t more) {
    if (capacity - size >= more) return;
    const std::size_t wanted = std::max(size + more, std::size_t{size} * 2);
    if (wanted > 0xFFFFFFFFu) fail(errc::limit_exceeded, "holds too many values");
    T* const grown = arena_.allocate<T>(wanted);
    std::copy(items, items + size, grown);
    items = grown;
    capacity = static_cast<std::uint32_t>(wanted);
  }

  void add_items(Kind kind, std::size_t count) {
    stack_.check_available(count + 1);
    Sequence& sequence = *sequence_of(*stack_.last(count + 1), kind);
    if (count > sequence.most - std::min(sequence.size, sequence.most))
      fail("appends more to a deque than it may hold");
    if (kind == Kind::set) check_members({stack_.last(count), count});
    reserve(sequence.items, sequence.size, sequence.capacity, count);
    std::copy_n(stack_.last(count), count, sequence.items + sequence.size);
    sequence.size += static_cast<std::uint32_t>(count);
    stack_.drop(count);
  }

  // What APPENDS or ADDITEMS adds to: also an object of a class that may be a list's or a set's.
  Sequence* sequence_of(Value target, Kind kind) {
    const bool takes =
        target.kind() == kind && !(kind == Kind::set && target.pointer<Sequence>()->is_frozen());
    if (takes) return target.pointer<Sequence>();
    if (target.kind() != Kind::object || !world_.takes_items(target))
      fail("appends to what is no list or set");
    Object& object = *target.pointer<Object>();
    if (!object.appended) object.appended = arena_.make<Sequence>();
    return object.appended;
  }

  Mapping* mapping_of(Value target) {
    if (target.kind() == Kind::dict) return target.pointer<Mapping>();
    if (target.kind() != Kind::object || !world_.takes_items(target))
      fail("sets items of what is no dict");
    Object& object = *target.pointer<Object>();
    if (!object.mapped) object.mapped = arena_.make<Mapping>();
    return object.mapped;
  }

  void add_entries(std::size_t count) {
    stack_.check_available(count + 1);
    if (count % 2 != 0) fail("sets items of what is no dict");
    Mapping& mapping = *mapping_of(*stack_.last(count + 1));
    reserve(mapping.entries, mapping.size, mapping.capacity, count / 2);
    for (const Value* pair = stack_.last(count); pair != stack_.last(0); pair += 2) {
      keys_.check(pair[0]);
      mapping.entries[mapping.size++] = {pair[0], pair[1]};
    }
    stack_.drop(count);
  }

  void check_members(std::span<const Value> members) {
    for (const Value member : members) keys_.check(member);
  }

  [[gnu::always_inline]] void put(std::uint64_t index) {
    Value* const place = memo_.place_of(index);
    const Value value = top();
    if (!place) return;
    fresh_ = nullptr;
    *place = value;
  }

  [[gnu::always_inline]] void push(Value value) { stack_.push(value); }
  Value pop() { return stack_.pop(); }
  [[gnu::always_inline]] Value top() { return stack_.top(); }

  std::uint64_t offset() const { return operands_.offset(); }

  [[noreturn, gnu::cold]] void fail(std::string what) { operands_.fail(std::move(what)); }
  [[noreturn, gnu::cold]] void fail(errc code, std::string what) {
    operands_.fail(code, std::move(what));
  }

  PickleOperands operands_;
  Arena& arena_;
  World& world_;
  PickleStack stack_;
  PickleMemo memo_;
  PickleKeys keys_;
  const Value* fresh_ = nullptr;  // the items of a tuple that is_fresh()
};

template <PickleWorld World>
Unpickled unpickle(std::span<const std::byte> bytes, Arena& arena, World& world) {
  return Machine<World>(bytes, arena, world).run();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_MACHINE_H_
