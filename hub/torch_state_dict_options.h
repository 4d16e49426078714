#ifndef TORCHHUB_HUB_STATE_DICT_OPTIONS_H_
#define TORCHHUB_HUB_STATE_DICT_OPTIONS_H_
// Which tensors of a checkpoint are wanted, where, and as what.
//
//   torchhub::StateDictOptions()
//       .check_hash(true)
//       .map_location({{"cuda:1", at::Device("cuda:0")}})
//       .dtype(at::kHalf)
//       .names("encoder.*");

#include <torchhub/hub/checkpoint_file.h>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub {

/// Where tensors on the CPU have their bytes.
enum class Storage {
  automatic,  ///< mapped; in memory where the file is on a network file system
  mapped,     ///< in the file's mapping, read as they are touched
  in_memory,  ///< read at once, in parallel, with large reads
};

class StateDictOptions {
 public:
  StateDictOptions() = default;

  /// Where tensors go that torch had at `location` ("cpu", "cuda:0"). Tensors that share a storage
  /// share it there too.
  using MapLocation = std::function<c10::Device(std::string_view location)>;

  /// All to one device. Default: to the CPU, wherever they were saved; Python's default is where they
  /// were saved, which fails on a machine that lacks the device.
  StateDictOptions& map_location(c10::Device device) {
    map_location_ = [device](std::string_view) { return device; };
    return *this;
  }
  StateDictOptions& map_location(MapLocation value) {
    map_location_ = std::move(value);
    return *this;
  }
  /// By a table; what is not in it goes where it was saved, as in Python.
  StateDictOptions& map_location(std::map<std::string, c10::Device, std::less<>> table) {
    map_location_ = [table = std::move(table)](std::string_view location) {
      const auto found = table.find(location);
      return found == table.end() ? c10::Device(std::string(location)) : found->second;
    };
    return *this;
  }
  /// Empty for the CPU.
  const MapLocation& map_location() const { return map_location_; }

  /// Floating-point tensors become this floating-point type; the others stay as they are, as in
  /// torch.nn.Module.to. Default: as they were saved.
  StateDictOptions& dtype(c10::ScalarType value) {
    dtype_ = value;
    return *this;
  }
  std::optional<c10::ScalarType> dtype() const { return dtype_; }

  /// Only tensors whose names match the pattern, of fnmatch(3); the others are not even mapped.
  /// Default: all.
  StateDictOptions& names(std::string pattern) {
    names_ = std::move(pattern);
    return *this;
  }
  const std::string& names() const { return names_; }

  /// Default: Storage::automatic.
  StateDictOptions& storage(Storage value) {
    storage_ = value;
    return *this;
  }
  Storage storage() const { return storage_; }

  /// torch.load's weights_only. Nothing is run either way; false opens files that hold whole Python
  /// objects, which are left out. Default: true.
  StateDictOptions& weights_only(bool value) {
    weights_only_ = value;
    return *this;
  }
  bool weights_only() const { return weights_only_; }

  /// Where a download goes, what it is called and checked against.
  StateDictOptions& file(CheckpointFileOptions value) {
    file_ = std::move(value);
    return *this;
  }
  const CheckpointFileOptions& file() const { return file_; }
  StateDictOptions& model_dir(std::filesystem::path value) {
    file_.model_dir(std::move(value));
    return *this;
  }
  StateDictOptions& file_name(std::string value) {
    file_.file_name(std::move(value));
    return *this;
  }
  StateDictOptions& check_hash(bool value) {
    file_.check_hash(value);
    return *this;
  }

 private:
  MapLocation map_location_;
  std::optional<c10::ScalarType> dtype_;
  std::string names_;
  Storage storage_ = Storage::automatic;
  bool weights_only_ = true;
  CheckpointFileOptions file_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_STATE_DICT_OPTIONS_H_
