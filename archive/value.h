#ifndef TORCHHUB_ARCHIVE_VALUE_H_
#define TORCHHUB_ARCHIVE_VALUE_H_
// The values of a checkpoint as plain data: what Python would have after loading, without Python.
//
//   const archive::Value root = checkpoint.root();
//   for (const auto& [key, value] : root.entries())
//     if (key.string() == "epoch") std::cout << value.integer() << "\n";
//
// Thread safety: a tree does not change once it is made.

#include <torchhub/archive/tensor_info.h>

#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace torchhub::archive {

struct ArrayInfo;

/// A value of somebody's tree, valid as long as the tree is; as cheap to copy as a pointer. A tree
/// may hold a value twice, or inside itself. An accessor may be used for the kinds it names only.
class Value {
 public:
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    long_integer,  ///< more than 64 bits: string() is its two's complement, little endian
    real,
    complex,
    string,
    bytes,
    list,  ///< a deque too
    tuple,
    set,
    dict,     ///< OrderedDict, defaultdict and Counter too: entries keep their order
    tensor,   ///< the checkpoint's table tells which
    storage,  ///< a bare storage, without a tensor around it
    array,    ///< of numpy
    named,    ///< a global that stands for itself, such as a dtype: string() is its name
    object,   ///< of a class that nobody resolved: its name and what it was given, and no more
  };

  Value() = default;

  Kind kind() const { return kind_; }
  bool boolean() const { return bits_ != 0; }
  std::int64_t integer() const { return std::bit_cast<std::int64_t>(bits_); }
  double real() const { return std::bit_cast<double>(bits_); }
  std::complex<double> complex() const { return *pointer<std::complex<double>>(); }
  /// The text of a string (UTF-8), the content of bytes, or the name of a named value or an object's
  /// class.
  std::string_view string() const;
  /// Elements of a list, tuple or set; the arguments of an object.
  std::span<const Value> items() const;
  /// Keys and values of a dict, in their order.
  std::span<const std::pair<Value, Value>> entries() const;
  /// What an object was given by __setstate__; none if nothing.
  Value state() const;
  /// The list of what was appended to an object, as to a list's subclass; none if nothing was.
  Value appended() const;
  /// The dict of the items that an object was given, as a dict's subclass; none if none.
  Value mapped() const;
  /// Why an object is one, where it should have been something else; else "".
  std::string_view flaw() const;
  const ArrayInfo& array() const { return *pointer<ArrayInfo>(); }
  /// A tensor's place among the checkpoint's tensors as the pickle built them, a storage's number.
  std::size_t index() const { return static_cast<std::size_t>(bits_); }

  /// Whether both are the same scalar, or the same container.
  bool operator==(const Value&) const = default;

  // Made by the readers only.
  Value(Kind kind, std::uint64_t bits, std::uint32_t size = 0)
      : bits_(bits), size_(size), kind_(kind) {}
  template <class T>
  Value(Kind kind, const T* pointer, std::size_t size)
      : Value(kind, std::bit_cast<std::uint64_t>(pointer), static_cast<std::uint32_t>(size)) {}
  template <class T>
  T* pointer() const {
    return std::bit_cast<T*>(bits_);
  }
  std::uint32_t size() const { return size_; }

  /// How a string stood in the pickle. Python 2 has one type for text and bytes.
  enum class Written : std::uint8_t {
    as_text,
    as_bytes,   ///< string() is the bytes themselves, which are UTF-8
    as_latin1,  ///< string() is what the bytes are in Latin-1
  };
  Value(std::string_view text, Written written) : Value(Kind::string, text.data(), text.size()) {
    written_ = written;
  }
  Written written() const { return written_; }

 private:
  std::uint64_t bits_ = 0;
  std::uint32_t size_ = 0;
  Kind kind_ = Kind::none;
  Written written_ = Written::as_text;
};

/// A field of a numpy record.
struct ArrayField {
  std::string_view name;
  std::string_view type;     ///< as ArrayInfo::type
  std::uint64_t offset = 0;  ///< in bytes from the record's beginning
};

/// A numpy array that lies in the pickle itself: data, not a tensor of the checkpoint.
struct ArrayInfo {
  bool is_number = true;         ///< whether `dtype` tells what the elements are; else `type` does
  DType dtype = DType::float64;  ///< of numbers
  std::string_view type = "f8";  ///< numpy's name without the byte order: "f4", "U3", "O", "M8[D]"
  std::uint64_t element_bytes = 8;  ///< 0 where the elements are objects
  Shape shape;
  bool fortran_order = false;  ///< the first index runs fastest
  bool is_big_endian = false;
  std::span<const std::byte> bytes;  ///< empty where the elements are objects
  /// The elements that are objects, row by row; of "U" and "S", strings and bytes, where they are not
  /// too many.
  std::span<const Value> objects;
  std::span<const ArrayField> fields;  ///< of a record
};

/// A value that could not be read, beside others that could.
struct UnreadValue {
  std::string_view name;    ///< as a tensor's: its path from the root
  std::string_view reason;  ///< one clause
};

namespace detail {

/// What a walk over a tree notes in it.
struct WalkMark {
  std::uint16_t depth = 0;  ///< at which the walk is inside of it; 0 where it is not
  bool is_seen = false;
  bool is_barren = false;  ///< no tensor is to be found from here
};

/// A list's or set's elements, which may still grow while the pickle is read.
struct Sequence {
  static constexpr std::uint32_t kNoLimit = 0xFFFFFFFF;

  bool is_frozen() const { return most == 0; }  ///< of a set

  Value* items = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  std::uint32_t most = kNoLimit;  ///< a deque's maxlen; 0 of a frozenset, which takes no more
  WalkMark mark = {};
};

struct Mapping {
  std::pair<Value, Value>* entries = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  bool is_built = false;  ///< BUILD has given it attributes
  WalkMark mark = {};
};

/// A global: what a named value refers to.
struct GlobalName {
  std::string_view full_name;    ///< "module.name"
  int id = 0;                    ///< of the allow-list; its meaning is the world's
  bool keeps_arguments = false;  ///< what it builds refers to its arguments
};

/// What becomes of an object when its tensors are named.
enum class ObjectRole : std::uint8_t {
  plain,
  called,         ///< made by a call rather than by __new__, as subclasses of set and Counter are
  nested_tensor,  ///< its arguments are torch._utils._rebuild_nested_tensor's
};

struct Object {
  std::string_view class_name;
  std::span<const Value> arguments;
  Value state;
  Sequence* appended = nullptr;
  Mapping* mapped = nullptr;
  std::string_view flaw;
  ObjectRole role = ObjectRole::plain;
  bool is_built = false;
  WalkMark mark = {};
};

}  // namespace detail

inline std::string_view Value::string() const {
  if (kind_ == Kind::named) return pointer<detail::GlobalName>()->full_name;
  if (kind_ == Kind::object) return pointer<detail::Object>()->class_name;
  return {pointer<const char>(), size_};
}

inline std::span<const Value> Value::items() const {
  if (kind_ == Kind::tuple) return {pointer<const Value>(), size_};
  if (kind_ == Kind::object) return pointer<detail::Object>()->arguments;
  const detail::Sequence& sequence = *pointer<detail::Sequence>();
  return {sequence.items, sequence.size};
}

inline std::span<const std::pair<Value, Value>> Value::entries() const {
  const detail::Mapping& mapping = *pointer<detail::Mapping>();
  return {mapping.entries, mapping.size};
}

inline Value Value::state() const { return pointer<detail::Object>()->state; }

inline Value Value::appended() const {
  const detail::Sequence* const appended = pointer<detail::Object>()->appended;
  return appended ? Value(Kind::list, appended, 0) : Value();
}

inline Value Value::mapped() const {
  const detail::Mapping* const mapped = pointer<detail::Object>()->mapped;
  return mapped ? Value(Kind::dict, mapped, 0) : Value();
}

inline std::string_view Value::flaw() const { return pointer<detail::Object>()->flaw; }

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_VALUE_H_
