#ifndef TORCHHUB_HUB_CLI_STATE_DICT_DIFF_H_
#define TORCHHUB_HUB_CLI_STATE_DICT_DIFF_H_
// What differs between the tensors of two checkpoints, and by how much.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/cli/command_line.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace torchhub::cli {

/// Between whole numbers exact; the double that is nearest where it is larger than 2^64 - 1, or else.
using Difference = std::variant<std::uint64_t, double>;

struct ChangedTensor {
  std::string name;
  /// "shape 2 x 3 -> 2 x 4", "dtype float32 -> float16", "quantization, scale 0.5 -> 0.25", "values"
  std::string reason;
  /// The largest difference of two elements, where they can be paired; of quantized ones, of the values
  /// that they stand for. NaN where one of a pair is one and the other is not.
  std::optional<Difference> max_abs;
};

struct StateDictDiff {
  std::vector<std::string> only_a;
  std::vector<std::string> only_b;
  std::vector<ChangedTensor> changed;
};

/// Tensors are paired by name. Equal bits are equal, also those of a NaN; of quantized tensors, if scales
/// and zero points are the same, too.
StateDictDiff diff_state_dicts(const archive::Checkpoint& a, const archive::Checkpoint& b);

void print_diff(const StateDictDiff& diff, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STATE_DICT_DIFF_H_
