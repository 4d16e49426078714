#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_CONTAINER_VISITS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_CONTAINER_VISITS_H_
// Which containers of a tree are walked into, so that a walk ends.

#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>

namespace torchhub::archive::detail {

/// A walk that met more than it may.
struct TooManyVisits {};

/// Which containers a walk goes into: not the one that it is inside of, none
/// that was looked through in vain, and only so many again.
class ContainerVisits {
 public:
  explicit ContainerVisits(bool is_lenient) : is_lenient_(is_lenient) {}

  /// Goes into each container once from now on, however many ways lead there.
  void begin_anew_once() {
    repeats_ = 0;
    goes_once_ = true;
    closed_.clear();
  }

  bool is_barren_tuple(const Value* items) const { return barren_tuples_.contains(items); }
  void note_barren_tuple(const Value* items) { barren_tuples_.insert(items); }

  /// Whether a container at this depth may be gone into, however it was met.
  static bool is_too_deep(std::size_t depth) { return depth > kMaxDepth; }

  /// Calls `visit`, unless the container is an end: of a ring, of what was
  /// looked through in vain, of what may be visited at all. `found` counts what
  /// was found so far. Throws: TooManyVisits where the world is lenient, else
  /// errc::limit_exceeded.
  template <class Visit, class Found>
  void go_into(WalkMark& mark, const void* container, std::size_t depth, const Visit& visit,
               const Found& found) {
    if (mark.is_seen) {
      count_repeat();
    } else {
      ++seen_;
    }
    if (goes_once_ && !closed_.insert(container).second) return;
    const std::size_t found_before = found();
    const std::uint16_t ring_before = std::exchange(ring_depth_, kNoRing);
    {
      const Inside inside(mark, depth);
      visit();
    }
    // Within a ring, what leads back may lead to tensors from elsewhere.
    const bool leads_back = ring_depth_ <= depth;
    if (found() == found_before && !leads_back && !goes_once_) mark.is_barren = true;
    ring_depth_ = leads_back ? std::min(ring_before, ring_depth_) : ring_before;
  }

  /// Whether the walk is inside of the container already, which ends a ring.
  bool ends_ring(const WalkMark& mark) {
    if (mark.depth == 0) return false;
    ring_depth_ = std::min(ring_depth_, mark.depth);
    count_repeat();
    return true;
  }

  [[noreturn]] static void refuse_nesting() {
    throw Error(errc::limit_exceeded, "its values are nested too deeply, or hold each other");
  }

 private:
  static constexpr std::size_t kMaxDepth = 1000;
  // Values that hold each other twice make a tree of few nodes endless to walk. That many containers may be
  // met again, and two more for each that there is.
  static constexpr std::size_t kMaxRepeats = 500'000;
  static constexpr std::uint16_t kNoRing = 0xFFFF;

  // Marks a container for as long as the walk is inside of it.
  class Inside {
   public:
    Inside(WalkMark& mark, std::size_t depth) : mark_(mark) {
      mark_.is_seen = true;
      mark_.depth = static_cast<std::uint16_t>(depth + 1);
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { mark_.depth = 0; }

   private:
    WalkMark& mark_;
  };

  // Of a container that was met before, or is a tuple.
  void count_repeat() {
    if (++repeats_ <= kMaxRepeats + 2 * seen_ || goes_once_) return;
    if (!is_lenient_) refuse_nesting();
    throw TooManyVisits();
  }

  const bool is_lenient_;
  bool goes_once_ = false;
  std::size_t seen_ = 0;                // containers
  std::size_t repeats_ = 0;             // visits of what was visited before, or is a tuple
  std::uint16_t ring_depth_ = kNoRing;  // of the outermost open container that was met again
  std::unordered_set<const Value*> barren_tuples_;
  std::unordered_set<const void*> closed_;  // that were gone into, where that happens once
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_CONTAINER_VISITS_H_
