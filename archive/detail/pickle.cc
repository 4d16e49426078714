#include <torchhub/archive/detail/pickle.h>
#include <torchhub/archive/detail/utf8.h>

#include <bit>
#include <optional>
#include <unordered_map>

namespace torchhub::archive::detail {
namespace {

enum class Opcode : std::uint8_t {
  mark = 0x28,
  empty_tuple = 0x29,
  stop = 0x2E,
  binbytes = 0x42,
  short_binbytes = 0x43,
  binfloat = 0x47,
  binint = 0x4A,
  binint1 = 0x4B,
  binint2 = 0x4D,
  none = 0x4E,
  binpersid = 0x51,
  reduce = 0x52,
  binstring = 0x54,
  short_binstring = 0x55,
  binunicode = 0x58,
  empty_list = 0x5D,
  append = 0x61,
  build = 0x62,
  global = 0x63,
  appends = 0x65,
  binget = 0x68,
  long_binget = 0x6A,
  binput = 0x71,
  long_binput = 0x72,
  setitem = 0x73,
  tuple = 0x74,
  setitems = 0x75,
  empty_dict = 0x7D,
  proto = 0x80,
  newobj = 0x81,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  newtrue = 0x88,
  newfalse = 0x89,
  long1 = 0x8A,
  short_binunicode = 0x8C,
  binunicode8 = 0x8D,
  binbytes8 = 0x8E,
  empty_set = 0x8F,
  additems = 0x90,
  frozenset = 0x91,
  stack_global = 0x93,
  memoize = 0x94,
  frame = 0x95,
};

constexpr std::uint8_t kMinProtocol = 2;
constexpr std::uint8_t kMaxProtocol = 5;
constexpr std::size_t kMaxGlobalName = 256;

// Thrown inside the machine only, to leave its nested functions; unpickle() returns it as a value.
struct Stop {
  Flaw flaw;
};

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, NodeArena& arena, PickleWorld& world,
          const PickleLimits& limits)
      : bytes_(bytes), arena_(arena), world_(world), limits_(limits) {}

  Node* run() {
    if (take(1) != static_cast<std::uint8_t>(Opcode::proto))
      fail("does not begin with a protocol number");
    const std::uint64_t protocol = take(1);
    if (protocol < kMinProtocol || protocol > kMaxProtocol) {
      fail("is of protocol " + std::to_string(protocol) + "; 2 to 5 are read");
    }
    for (;;) {
      opcode_at_ = at_;
      const auto opcode = static_cast<Opcode>(take(1));
      if (opcode == Opcode::stop) break;
      step(opcode);
    }
    if (stack_.size() != 1 || !marks_.empty()) fail("ends with something left over on its stack");
    if (at_ != bytes_.size()) fail("goes on after its end");
    return stack_.back();
  }

 private:
  void step(Opcode opcode) {
    switch (opcode) {
      case Opcode::none:
      case Opcode::newtrue:
      case Opcode::newfalse:
      case Opcode::binint:
      case Opcode::binint1:
      case Opcode::binint2:
      case Opcode::long1:
      case Opcode::binfloat:
        return push_scalar(opcode);
      case Opcode::short_binunicode:
        return push_text(Value::Kind::string, take(1));
      case Opcode::binunicode:
        return push_text(Value::Kind::string, take(4));
      case Opcode::short_binstring:
        return push_python2_text(take(1));
      case Opcode::binstring:
        return push_python2_text(take(4));
      case Opcode::binunicode8:
        return push_text(Value::Kind::string, take(8));
      case Opcode::short_binbytes:
        return push_text(Value::Kind::bytes, take(1));
      case Opcode::binbytes:
        return push_text(Value::Kind::bytes, take(4));
      case Opcode::binbytes8:
        return push_text(Value::Kind::bytes, take(8));
      case Opcode::empty_list:
        return push(make(Value::Kind::list));
      case Opcode::empty_dict:
        return push(make(Value::Kind::dict));
      case Opcode::empty_set:
        return push(make(Value::Kind::set));
      case Opcode::empty_tuple:
        return push(make(Value::Kind::tuple));
      case Opcode::tuple1:
        return push_tuple(1);
      case Opcode::tuple2:
        return push_tuple(2);
      case Opcode::tuple3:
        return push_tuple(3);
      case Opcode::tuple:
        return push_tuple(items_since_mark());
      case Opcode::frozenset: {
        const std::vector<Value> items = pop_items(items_since_mark());
        Node* const made = make(Value::Kind::set);
        made->items = items;
        return push(made);
      }
      case Opcode::mark:
        if (marks_.size() == limits_.max_depth) fail(errc::limit_exceeded, "is nested too deeply");
        return marks_.push_back(stack_.size());
      case Opcode::append:
        return add_items(Value::Kind::list, 1);
      case Opcode::appends:
        return add_items(Value::Kind::list, items_since_mark());
      case Opcode::additems:
        return add_items(Value::Kind::set, items_since_mark());
      case Opcode::setitem:
        return add_entries(2);
      case Opcode::setitems:
        return add_entries(items_since_mark());
      case Opcode::binput:
        return put(take(1));
      case Opcode::long_binput:
        return put(take(4));
      case Opcode::memoize:
        return put(memo_.size());
      case Opcode::binget:
        return get(take(1));
      case Opcode::long_binget:
        return get(take(4));
      case Opcode::frame:
        if (take(8) > bytes_.size() - at_) fail("has a frame that is longer than what is left");
        return;
      case Opcode::global: {
        const std::string_view module = take_line();
        return push_global(module, take_line());
      }
      case Opcode::stack_global: {
        const Node* const name = pop();
        const Node* const module = pop();
        if (name->kind != Value::Kind::string || module->kind != Value::Kind::string)
          fail("names a global by no text");
        return push_global(module->string, name->string);
      }
      case Opcode::reduce:
      case Opcode::newobj: {
        const Node* const arguments = pop();
        const Node* const callable = pop();
        if (arguments->kind != Value::Kind::tuple || !callable->callable)
          fail("calls what cannot be called");
        return push(checked(world_.call(*callable, arguments->items, opcode_at_)));
      }
      case Opcode::binpersid: {
        const Node* const id = pop();
        return push(checked(world_.persistent(*id, opcode_at_)));
      }
      case Opcode::build: {
        const Node* const state = pop();
        const Parsed<void> built = world_.build(*top(), *state, opcode_at_);
        if (!built) throw Stop{built.error()};
        return;
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

  void push_scalar(Opcode opcode) {
    Node* const node = make(Value::Kind::integer);
    switch (opcode) {
      case Opcode::none:
        node->kind = Value::Kind::none;
        break;
      case Opcode::newtrue:
      case Opcode::newfalse:
        node->kind = Value::Kind::boolean;
        node->integer = opcode == Opcode::newtrue;
        break;
      case Opcode::binint:
        node->integer = static_cast<std::int32_t>(take(4));
        break;
      case Opcode::binint1:
        node->integer = static_cast<std::int64_t>(take(1));
        break;
      case Opcode::binint2:
        node->integer = static_cast<std::int64_t>(take(2));
        break;
      case Opcode::long1:
        node->integer = take_long(take(1));
        break;
      default: {
        node->kind = Value::Kind::real;
        std::uint64_t bits = 0;  // big endian, alone among pickle's numbers
        for (int i = 0; i < 8; ++i) bits = bits << 8 | take(1);
        node->real = std::bit_cast<double>(bits);
      }
    }
    push(node);
  }

  // Two's complement, little endian, of any length; those that fit 64 bits are read.
  std::int64_t take_long(std::uint64_t size) {
    if (size > 8) fail(errc::unsupported_format, "holds an integer of more than 64 bits");
    if (size == 0) return 0;
    const std::uint64_t shift = 64 - 8 * size;
    return static_cast<std::int64_t>(take(size) << shift) >> shift;
  }

  std::string take_bytes(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail("holds a text that is longer than what is left");
    const char* const first = reinterpret_cast<const char*>(bytes_.data()) + at_;
    at_ += static_cast<std::size_t>(size);
    return {first, static_cast<std::size_t>(size)};
  }

  void push_text(Value::Kind kind, std::uint64_t size) {
    std::string text = take_bytes(size);
    if (kind == Value::Kind::string && !is_utf8(text)) fail("holds a text that is not UTF-8");
    Node* const node = make(kind);
    node->string = std::move(text);
    push(node);
  }

  // Python 2's str, which may have been either.
  void push_python2_text(std::uint64_t size) {
    std::string text = take_bytes(size);
    if (!is_utf8(text)) text = utf8_of_latin1(text);
    Node* const node = make(Value::Kind::string);
    node->string = std::move(text);
    push(node);
  }

  void push_tuple(std::size_t count) {
    std::vector<Value> items = pop_items(count);
    Node* const made = make(Value::Kind::tuple);
    made->items = std::move(items);
    push(made);
  }

  void push_global(std::string_view module, std::string_view name) {
    push(checked(world_.global(module, name, opcode_at_)));
  }

  void add_items(Value::Kind kind, std::size_t count) {
    const std::vector<Value> items = pop_items(count);
    Node* const target = top();
    if (target->kind != kind) fail("appends to what is no list or set");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }

  void add_entries(std::size_t count) {
    const std::vector<Value> items = pop_items(count);
    Node* const target = top();
    if (target->kind != Value::Kind::dict || count % 2 != 0) fail("sets items of what is no dict");
    for (std::size_t i = 0; i < count; i += 2) {
      switch (items[i].kind()) {
        case Value::Kind::list:
        case Value::Kind::dict:
        case Value::Kind::set:
        case Value::Kind::tensor:
        case Value::Kind::storage:
          fail("uses a key that cannot be hashed");
        default:
          target->entries.emplace_back(items[i], items[i + 1]);
      }
    }
  }

  void put(std::uint64_t index) {
    if (index > memo_.size()) fail("skips a number of its memo");
    memo_[index] = top();
  }

  void get(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("asks its memo for what is not there");
    push(found->second);
  }

  std::size_t items_since_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) fail("ends a group that was not begun");
    const std::size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  std::vector<Value> pop_items(std::size_t count) {
    check_available(count);
    std::vector<Value> items;
    items.reserve(count);
    for (std::size_t i = stack_.size() - count; i < stack_.size(); ++i)
      items.emplace_back(stack_[i]);
    stack_.resize(stack_.size() - count);
    return items;
  }

  // What lies below the last open MARK is out of reach until that is closed.
  void check_available(std::size_t count) {
    const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() < bottom + count) fail("takes more from its stack than is there");
  }

  Node* pop() {
    check_available(1);
    Node* const node = stack_.back();
    stack_.pop_back();
    return node;
  }

  Node* top() {
    check_available(1);
    return stack_.back();
  }

  void push(Node* node) { stack_.push_back(node); }

  Node* make(Value::Kind kind) {
    if (arena_.size() == limits_.max_values) fail(errc::limit_exceeded, "holds too many values");
    arena_.emplace_back().kind = kind;
    return &arena_.back();
  }

  Node* checked(Parsed<Node*> made) {
    if (!made) throw Stop{made.error()};
    return *made;
  }

  // The next `size` bytes, at most 8, as a little-endian integer.
  std::uint64_t take(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail("is cut off");
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < size; ++i)
      value |= std::to_integer<std::uint64_t>(bytes_[at_++]) << 8 * i;
    return value;
  }

  std::string_view take_line() {
    const std::size_t first = at_;
    while (take(1) != '\n') {
      if (at_ - first > kMaxGlobalName) fail("names a global of more than 256 characters");
    }
    return {reinterpret_cast<const char*>(bytes_.data()) + first, at_ - first - 1};
  }

  [[noreturn]] void fail(std::string what) { fail(errc::damaged_pickle, std::move(what)); }
  [[noreturn]] void fail(errc code, std::string what) {
    throw Stop{
        Flaw{code, opcode_at_,
             "the pickle " + std::move(what) + " (byte " + std::to_string(opcode_at_) + ")"}};
  }

  std::span<const std::byte> bytes_;
  NodeArena& arena_;
  PickleWorld& world_;
  const PickleLimits& limits_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  std::vector<Node*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Node*> memo_;
};

}  // namespace

Parsed<Node*> unpickle(std::span<const std::byte> bytes, NodeArena& arena, PickleWorld& world,
                       const PickleLimits& limits) {
  try {
    return Machine(bytes, arena, world, limits).run();
  } catch (Stop& stop) {
    return std::move(stop.flaw);
  }
}

}  // namespace torchhub::archive::detail
