#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_H_
// A pickle's opcodes turned into a tree of plain values. Nothing is imported and nothing is called:
// what a global, a call or a persistent id means is asked of a PickleWorld, which may refuse.
//
// Source: Lib/pickletools.py of CPython 3.11 for the opcodes of protocols 0 to 5; where Python's
// unpicklers read one pickle in different ways, pickle_differences.md, it is refused. Left out, and
// refused: EXT1/2/4 and the out-of-band buffers, which torch.save never writes. What torch.save writes
// needs no more.

#include <torchhub/archive/detail/arena.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// Whether a callable is called, or the __new__ of a class alone.
enum class Calling : std::uint8_t { as_function, as_new };

/// What a pickle may refer to. Each function returns a value, or throws Error; `offset` is the
/// opcode's, for the sentence.
class PickleWorld {
 public:
  virtual ~PickleWorld() = default;

  /// GLOBAL, STACK_GLOBAL and INST: the value that stands for `module`.`name`.
  virtual Value global(std::string_view module, std::string_view name, std::uint64_t offset) = 0;

  /// REDUCE, NEWOBJ, INST and OBJ: what `callable`, a global or an object, builds from a tuple's items.
  virtual Value call(Value callable, std::span<const Value> arguments, Calling calling,
                     std::uint64_t offset) = 0;

  /// NEWOBJ_EX: what the __new__ of `callable` builds from a tuple's items and a dict of keywords.
  virtual Value call_with_keywords(Value callable, std::span<const Value> arguments, Value keywords,
                                   std::uint64_t offset) = 0;

  /// BINPERSID, and PERSID, whose id is a text: what the persistent id stands for.
  virtual Value persistent(Value id, std::uint64_t offset) = 0;

  /// BUILD: gives `object` its state.
  virtual void build(Value object, Value state, std::uint64_t offset) = 0;

  /// Whether APPENDS and SETITEMS may give an object items.
  virtual bool takes_items(Value object) const = 0;
};

struct Unpickled {
  Value root;
  std::size_t bytes = 0;  ///< of the pickle; more may follow
};

/// Reads the pickle at the beginning of `bytes`, into which the tree's texts point; the rest of the
/// tree lies in `arena`, whose limit bounds the memory.
/// Throws: errc::damaged_pickle, limit_exceeded, unsupported_format, and what `world` throws.
Unpickled unpickle(std::span<const std::byte> bytes, Arena& arena, PickleWorld& world);

/// What may follow a pickle's end.
enum class AfterPickle {
  nothing,
  /// What no unpickler would read, which all end with the first STOP: anything but another pickle that
  /// does more than hold data.
  no_second_pickle,
};

/// The same, where the pickle is all of `bytes`, but for what may follow it.
Value unpickle_whole(std::span<const std::byte> bytes, Arena& arena, PickleWorld& world,
                     AfterPickle after = AfterPickle::nothing);

/// Bytes that the tree of a pickle of this size may take.
std::size_t value_bytes_allowed(std::size_t pickle_bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_H_
