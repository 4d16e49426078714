#include <torchhub/archive/detail/data_world.h>
#include <torchhub/archive/detail/pickle.h>
#include <torchhub/archive/detail/pickle_error.h>
#include <torchhub/archive/detail/pickle_literals.h>
#include <torchhub/archive/detail/pickle_memo.h>
#include <torchhub/archive/detail/pickle_operands.h>
#include <torchhub/archive/detail/utf8.h>

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_set>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {
namespace {

constexpr std::size_t kMaxGlobalName = 256;
constexpr std::size_t kMaxMarks = 1000;
constexpr std::size_t kFewArguments = 8;
constexpr std::size_t kMaxKeyDepth = 32;
constexpr std::size_t kFirstStack = 4096;

// The stack and the memo have bounds of their own, beside the arena's.
constexpr std::size_t kFewValues = std::size_t{1} << 18;

using Kind = Value::Kind;

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, Arena& arena, PickleWorld& world)
      : operands_(bytes),
        arena_(arena),
        world_(world),
        max_stack_(kFewValues + bytes.size() / 6),
        max_memo_(kFewValues + bytes.size() / 3),
        wanted_(wanted_memos(bytes, max_memo_)),
        memo_(arena.allocate<Value>(wanted_.size())),
        is_kept_(wanted_.size()) {}

  Unpickled run() {
    operands_.take_protocol();
    for (;;) {
      const Opcode opcode = operands_.take_opcode();
      if (opcode == Opcode::stop) break;
      step(opcode);
    }
    operands_.take_end();
    if (depth_ != 1 || !marks_.empty()) fail("ends with something left over on its stack");
    return {stack_[0], operands_.taken()};
  }

 private:
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
        return push_tuple(items_since_mark());
      case Opcode::list:
        return push_group(Kind::list, items_since_mark());
      case Opcode::frozenset:
        push_group(Kind::set, items_since_mark());
        top().pointer<Sequence>()->most = 0;
        return;
      case Opcode::dict:
        return push_dict(items_since_mark());
      case Opcode::mark:
        if (marks_.size() == kMaxMarks) fail(errc::limit_exceeded, "is nested too deeply");
        return marks_.push_back(depth_);
      case Opcode::append:
        return add_items(Kind::list, 1);
      case Opcode::appends:
        return add_items(Kind::list, items_since_mark());
      case Opcode::additems:
        return add_items(Kind::set, items_since_mark());
      case Opcode::setitem:
        return add_entries(2);
      case Opcode::setitems:
        return add_entries(items_since_mark());
      case Opcode::pop:
        // As Python's: of an open group that is empty, it takes the mark.
        if (!marks_.empty() && marks_.back() == depth_) return marks_.pop_back();
        pop();
        return;
      case Opcode::pop_mark:
        return drop(items_since_mark());
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
        // It counts the memo's entries, which are those below memo_count_ unless other opcodes left gaps.
        if (memo_count_ != memoized_) fail("memoizes behind a memo with gaps");
        return put(memoized_++);
      case Opcode::get:
        return get(operands_.take_index());
      case Opcode::binget:
        return get(operands_.take_byte());
      case Opcode::long_binget:
        return get(operands_.take(4));
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
        return push(instance(callable, items_since_mark()));
      }
      case Opcode::obj: {
        const std::size_t count = items_since_mark();
        if (count == 0) fail("builds an object of no class");
        const Value callable = *last(count);
        const Value made = instance(callable, count - 1);
        drop(1);
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
    check_available(count);
    Value* const items = arena_.allocate<Value>(count);
    std::copy_n(last(count), count, items);
    drop(count);
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
    check_available(count);
    const Value dict(Kind::dict, arena_.make<Mapping>(), 0);
    push(dict);
    std::rotate(last(count + 1), last(1), last(0));
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
    check_available(count + 1);
    Sequence& sequence = *sequence_of(*last(count + 1), kind);
    if (count > sequence.most - std::min(sequence.size, sequence.most))
      fail("appends more to a deque than it may hold");
    if (kind == Kind::set) check_members({last(count), count});
    reserve(sequence.items, sequence.size, sequence.capacity, count);
    std::copy_n(last(count), count, sequence.items + sequence.size);
    sequence.size += static_cast<std::uint32_t>(count);
    drop(count);
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
    check_available(count + 1);
    if (count % 2 != 0) fail("sets items of what is no dict");
    Mapping& mapping = *mapping_of(*last(count + 1));
    reserve(mapping.entries, mapping.size, mapping.capacity, count / 2);
    for (const Value* pair = last(count); pair != last(0); pair += 2) {
      check_key(pair[0], 0);
      mapping.entries[mapping.size++] = {pair[0], pair[1]};
    }
    drop(count);
  }

  void check_members(std::span<const Value> members) {
    for (const Value member : members) check_key(member, 0);
  }

  // Python hashes a group's items again and again, without an end for some: here each group is looked
  // through once.
  void check_key(Value key, std::size_t depth) {
    switch (key.kind()) {
      case Kind::list:
      case Kind::dict:
      case Kind::array:
        fail("uses a key that cannot be hashed");
      case Kind::set:
        if (!key.pointer<Sequence>()->is_frozen()) fail("uses a key that cannot be hashed");
        [[fallthrough]];
      case Kind::tuple:
        if (key.items().empty() || !checked_keys_.insert(key.items().data()).second) return;
        if (depth == kMaxKeyDepth)
          fail(errc::limit_exceeded, "uses a group as a key that is too deep");
        for (const Value item : key.items()) check_key(item, depth + 1);
        return;
      default:
        return;
    }
  }

  [[gnu::always_inline]] void put(std::uint64_t index) {
    // Not always one after the other: Python 2's cPickle counts from one.
    if (index > memo_count_ && index >= max_memo_)
      fail("puts a value into a memo that is too far away");
    memo_count_ = std::max(memo_count_, index + 1);
    const Value value = top();
    if (index >= wanted_.size() || !wanted_[static_cast<std::size_t>(index)]) return;
    fresh_ = nullptr;
    memo_[index] = value;
    is_kept_[static_cast<std::size_t>(index)] = true;
  }

  void get(std::uint64_t index) {
    if (index >= is_kept_.size() || !is_kept_[static_cast<std::size_t>(index)])
      fail("asks its memo for what is not there");
    push(memo_[index]);
  }

  std::size_t items_since_mark() {
    if (marks_.empty() || marks_.back() > depth_) fail("ends a group that was not begun");
    const std::size_t count = depth_ - marks_.back();
    marks_.pop_back();
    return count;
  }

  // What lies below the last open MARK is out of reach until that is closed.
  void check_available(std::size_t count) {
    const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
    if (depth_ < bottom + count) fail("takes more from its stack than is there");
  }

  Value pop() {
    const Value value = top();
    --depth_;
    return value;
  }

  [[gnu::always_inline]] Value top() {
    check_available(1);
    return stack_[depth_ - 1];
  }

  void drop(std::size_t count) { depth_ -= count; }

  // The first of the `count` values on top.
  Value* last(std::size_t count) { return stack_.data() + (depth_ - count); }

  [[gnu::always_inline]] void push(Value value) {
    if (depth_ == stack_.size()) grow_stack();
    stack_[depth_++] = value;
  }

  void grow_stack() {
    if (depth_ == max_stack_) fail(errc::limit_exceeded, "holds too many values");
    stack_.resize(std::min(std::max(depth_ * 2, kFirstStack), max_stack_));
  }

  std::uint64_t offset() const { return operands_.offset(); }

  [[noreturn, gnu::cold]] void fail(std::string what) { operands_.fail(std::move(what)); }
  [[noreturn, gnu::cold]] void fail(errc code, std::string what) {
    operands_.fail(code, std::move(what));
  }

  PickleOperands operands_;
  Arena& arena_;
  PickleWorld& world_;
  const std::size_t max_stack_;
  const std::size_t max_memo_;
  const std::vector<bool> wanted_;
  Value* const memo_;  // what is wanted of it
  std::vector<bool> is_kept_;
  std::uint64_t memo_count_ = 0;  // one more than the largest index
  std::uint64_t memoized_ = 0;    // by MEMOIZE
  std::vector<Value> stack_;      // grown ahead; its first depth_ are in use
  std::size_t depth_ = 0;
  const Value* fresh_ = nullptr;  // the items of a tuple that is_fresh()
  std::vector<std::size_t> marks_;
  std::unordered_set<const Value*> checked_keys_;  // the items of groups that can be hashed
};

}  // namespace

std::size_t value_bytes_allowed(std::size_t pickle_bytes) {
  constexpr std::size_t kAlways = std::size_t{24} << 20;
  constexpr std::size_t kForEachByte = 8;
  return kAlways + kForEachByte * pickle_bytes;
}

Unpickled unpickle(std::span<const std::byte> bytes, Arena& arena, PickleWorld& world) {
  return Machine(bytes, arena, world).run();
}

namespace {

// Whether a pickle that begins at `bytes` would do something: who calls load() twice would read it.
bool begins_with_active_pickle(std::span<const std::byte> bytes) {
  DataWorld world;
  Arena scratch(value_bytes_allowed(bytes.size()));
  try {
    unpickle(bytes, scratch, world);
  } catch (const Error& error) {
    return error.code() == errc::refused_global || error.code() == errc::limit_exceeded;
  }
  return false;
}

}  // namespace

Value unpickle_whole(std::span<const std::byte> bytes, Arena& arena, PickleWorld& world,
                     AfterPickle after) {
  const Unpickled unpickled = unpickle(bytes, arena, world);
  const std::span<const std::byte> rest = bytes.subspan(unpickled.bytes);
  const bool may_follow =
      rest.empty() || (after == AfterPickle::no_second_pickle && !begins_with_active_pickle(rest));
  if (!may_follow)
    throw_at(errc::damaged_pickle, unpickled.bytes, "the pickle goes on after its end");
  return unpickled.root;
}

}  // namespace torchhub::archive::detail
