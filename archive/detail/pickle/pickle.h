#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_H_
// A pickle's opcodes turned into a tree of plain values. Nothing is imported and nothing is called:
// what a global, a call or a persistent id means is asked of a PickleWorld, which may refuse.
//
// Source: Lib/pickletools.py of CPython 3.11 for the opcodes of protocols 0 to 5; where Python's
// unpicklers read one pickle in different ways, pickle_differences.md, it is refused. Left out, and
// refused: EXT1/2/4 and the out-of-band buffers, which torch.save never writes. What torch.save writes
// needs no more.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/value.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// Whether a callable is called, or the __new__ of a class alone.
enum class Calling : std::uint8_t { as_function, as_new };

/// What a pickle may refer to. Each function returns a value, or throws Error; `offset` is the opcode's, for
/// the sentence.
///
///   global: GLOBAL, STACK_GLOBAL and INST. The value that stands for MODULE.NAME.
///   call: REDUCE, NEWOBJ, INST and OBJ. What a callable, a global or an object, builds from a tuple's items.
///   call_with_keywords: NEWOBJ_EX. What the __new__ of a callable builds from a tuple's items and a dict.
///   persistent: BINPERSID, and PERSID, whose id is a text. What the persistent id stands for.
///   build: BUILD. Gives an object its state.
///   takes_items: whether APPENDS and SETITEMS may give an object items.
template <class World>
concept PickleWorld = requires(World& world, const World& asked, std::string_view text, Value value,
                               std::span<const Value> items, Calling calling,
                               std::uint64_t offset) {
  { world.global(text, text, offset) } -> std::same_as<Value>;
  { world.call(value, items, calling, offset) } -> std::same_as<Value>;
  { world.call_with_keywords(value, items, value, offset) } -> std::same_as<Value>;
  { world.persistent(value, offset) } -> std::same_as<Value>;
  { world.build(value, value, offset) } -> std::same_as<void>;
  { asked.takes_items(value) } -> std::same_as<bool>;
};

struct Unpickled {
  Value root;
  std::size_t bytes = 0;  ///< of the pickle; more may follow
};

/// Reads the pickle at the beginning of `bytes`, into which the tree's texts point; the rest of the
/// tree lies in `arena`, whose limit bounds the memory.
/// Throws: errc::damaged_pickle, limit_exceeded, unsupported_format, and what `world` throws.
///
/// Declared here for any world; defined in pickle_machine.h, which the .cc file of each world instantiates,
/// so that whoever reads pickles does not compile the machine.
template <PickleWorld World>
Unpickled unpickle(std::span<const std::byte> bytes, Arena& arena, World& world);

/// Bytes that the tree of a pickle of this size may take.
inline std::size_t value_bytes_allowed(std::size_t pickle_bytes) {
  constexpr std::size_t kAlways = std::size_t{24} << 20;
  constexpr std::size_t kForEachByte = 8;
  return kAlways + kForEachByte * pickle_bytes;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_H_
