#ifndef TORCHHUB_ARCHIVE_DETAIL_DATA_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_DATA_WORLD_H_
// For pickles that hold plain data: no global, no call, no persistent id.

#include <torchhub/archive/detail/pickle.h>
#include <torchhub/archive/detail/pickle_error.h>

namespace torchhub::archive::detail {

class DataWorld final : public PickleWorld {
 public:
  Value global(std::string_view module, std::string_view name, std::uint64_t offset) override {
    throw Error(errc::refused_global, "the pickle names " + std::string(module) + "." +
                                          std::string(name) + " at byte " + std::to_string(offset) +
                                          ", where only data may be");
  }
  Value call(Value, std::span<const Value>, Calling, std::uint64_t offset) override {
    refuse(offset);
  }
  Value call_with_keywords(Value, std::span<const Value>, Value, std::uint64_t offset) override {
    refuse(offset);
  }
  Value persistent(Value, std::uint64_t offset) override { refuse(offset); }
  void build(Value, Value, std::uint64_t offset) override { refuse(offset); }
  bool takes_items(Value) const override { return false; }

 private:
  [[noreturn]] static void refuse(std::uint64_t offset) {
    throw_at(errc::damaged_pickle, offset, "the pickle does more than hold data");
  }
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_DATA_WORLD_H_
