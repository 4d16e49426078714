#ifndef TORCHHUB_ARCHIVE_VALUE_H_
#define TORCHHUB_ARCHIVE_VALUE_H_
// What a pickle holds, as plain data: a tree of values that nothing was executed to build.
//
//   archive::Checkpoint checkpoint = archive::open_checkpoint("model.pth");
//   for (const auto& [key, value] : checkpoint.root().entries())
//     if (value.kind() == archive::Value::Kind::integer) std::cout << value.integer();
//
// Thread safety: a tree does not change once it is made.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive {

namespace detail {
struct Node;
}

/// A handle to a value in somebody's tree; valid as long as the tree is. Two handles are equal when
/// they are the same value of the tree. A tree may hold a value twice, or inside itself.
class Value {
 public:
  enum class Kind {
    none,
    boolean,
    integer,
    real,
    string,
    bytes,
    list,
    tuple,
    set,
    dict,     ///< OrderedDict too: entries keep their order
    tensor,   ///< the checkpoint's table tells which
    storage,  ///< a bare storage, without a tensor around it
    named,    ///< a global that stands for itself, such as a dtype: string() is its name
  };

  explicit Value(const detail::Node* node) : node_(node) {}

  Kind kind() const;
  bool boolean() const;
  std::int64_t integer() const;
  double real() const;
  /// The text of a string (UTF-8), the content of bytes, or the name of a named value.
  const std::string& string() const;
  /// Elements of a list, tuple or set.
  std::span<const Value> items() const;
  /// Keys and values of a dict, in their order.
  std::span<const std::pair<Value, Value>> entries() const;

  bool operator==(const Value&) const = default;

 private:
  const detail::Node* node_;
};

namespace detail {

/// One value of a tree, and what the pickle machine keeps beside it.
struct Node {
  Value::Kind kind = Value::Kind::none;
  std::int64_t integer = 0;  ///< also a boolean's 0 or 1, and a tensor's or storage's index
  double real = 0;
  std::string string;
  std::vector<Value> items;
  std::vector<std::pair<Value, Value>> entries;
  bool callable = false;  ///< a named value that REDUCE or NEWOBJ may call
};

/// Owns the nodes of a tree; handles point into it.
using NodeArena = std::deque<Node>;

}  // namespace detail

inline Value::Kind Value::kind() const { return node_->kind; }
inline bool Value::boolean() const { return node_->integer != 0; }
inline std::int64_t Value::integer() const { return node_->integer; }
inline double Value::real() const { return node_->real; }
inline const std::string& Value::string() const { return node_->string; }
inline std::span<const Value> Value::items() const { return node_->items; }
inline std::span<const std::pair<Value, Value>> Value::entries() const { return node_->entries; }

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_VALUE_H_
