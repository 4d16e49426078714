#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_DATA_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_DATA_WORLD_H_
// For pickles that hold plain data: no global, no call, no persistent id.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/pickle/pickle.h>

namespace torchhub::archive::detail {

class DataWorld {
 public:
  Value global(std::string_view module, std::string_view name, std::uint64_t offset) {
    throw Error(errc::refused_global, "the pickle names " + std::string(module) + "." +
                                          std::string(name) + " at byte " + std::to_string(offset) +
                                          ", where only data may be");
  }
  Value call(Value, std::span<const Value>, Calling, std::uint64_t offset) { refuse(offset); }
  Value call_with_keywords(Value, std::span<const Value>, Value, std::uint64_t offset) {
    refuse(offset);
  }
  Value persistent(Value, std::uint64_t offset) { refuse(offset); }
  void build(Value, Value, std::uint64_t offset) { refuse(offset); }
  bool takes_items(Value) const { return false; }

 private:
  [[noreturn]] static void refuse(std::uint64_t offset) {
    throw_at(errc::damaged_pickle, offset, "the pickle does more than hold data");
  }
};
static_assert(PickleWorld<DataWorld>);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_DATA_WORLD_H_
