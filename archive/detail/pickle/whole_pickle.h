#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_WHOLE_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_WHOLE_PICKLE_H_
// A pickle that is all of some bytes, and what may follow its end.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/pickle/data_world.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <span>

namespace torchhub::archive::detail {

/// What may follow a pickle's end.
enum class AfterPickle {
  nothing,
  /// What no unpickler would read, which all end with the first STOP: anything but another pickle that
  /// does more than hold data.
  no_second_pickle,
};

namespace whole_pickle_detail {

// Whether a pickle that begins at `bytes` would do something: who calls load() twice would read it.
inline bool begins_with_active_pickle(std::span<const std::byte> bytes) {
  DataWorld world;
  Arena scratch(value_bytes_allowed(bytes.size()));
  try {
    unpickle(bytes, scratch, world);
  } catch (const Error& error) {
    return error.code() == errc::refused_global || error.code() == errc::limit_exceeded;
  }
  return false;
}

}  // namespace whole_pickle_detail

/// unpickle() where the pickle is all of `bytes`, but for what may follow it.
template <PickleWorld World>
Value unpickle_whole(std::span<const std::byte> bytes, Arena& arena, World& world,
                     AfterPickle after = AfterPickle::nothing) {
  const Unpickled unpickled = unpickle(bytes, arena, world);
  const std::span<const std::byte> rest = bytes.subspan(unpickled.bytes);
  const bool may_follow = rest.empty() || (after == AfterPickle::no_second_pickle &&
                                           !whole_pickle_detail::begins_with_active_pickle(rest));
  if (!may_follow)
    throw_at(errc::damaged_pickle, unpickled.bytes, "the pickle goes on after its end");
  return unpickled.root;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_WHOLE_PICKLE_H_
