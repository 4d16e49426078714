#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_H_
// A pickle's opcodes turned into a tree of plain values. Nothing is imported and nothing is called:
// what a global, a call or a persistent id means is asked of a PickleWorld, which may refuse.
//
// Source: Lib/pickletools.py of CPython 3.11 for the opcodes of protocols 2 to 5; of those, the
// ones that torch.save and its predecessors write.

#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// What a pickle may refer to. Each function returns a node of the arena that the pickle is read
/// into, or the flaw; `offset` is the opcode's, for the flaw.
class PickleWorld {
 public:
  virtual ~PickleWorld() = default;

  /// GLOBAL and STACK_GLOBAL: the value that stands for `module`.`name`.
  virtual Parsed<Node*> global(std::string_view module, std::string_view name,
                               std::uint64_t offset) = 0;

  /// REDUCE and NEWOBJ: what `callable`, made by global() with its flag set, builds from a tuple.
  virtual Parsed<Node*> call(const Node& callable, std::span<const Value> arguments,
                             std::uint64_t offset) = 0;

  /// BINPERSID: what the persistent id stands for.
  virtual Parsed<Node*> persistent(const Node& id, std::uint64_t offset) = 0;

  /// BUILD: gives `object` its state.
  virtual Parsed<void> build(Node& object, const Node& state, std::uint64_t offset) = 0;
};

struct PickleLimits {
  std::size_t max_depth = 1000;         ///< of open MARKs
  std::size_t max_values = 50'000'000;  ///< nodes made
};

/// Reads the one pickle that is all of `bytes` into `arena` and returns its root.
/// Flaws: errc::damaged_pickle, refused_global, limit_exceeded, and what `world` says.
Parsed<Node*> unpickle(std::span<const std::byte> bytes, NodeArena& arena, PickleWorld& world,
                       const PickleLimits& limits);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_H_
