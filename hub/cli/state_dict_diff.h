#ifndef TORCHHUB_HUB_CLI_STATE_DICT_DIFF_H_
#define TORCHHUB_HUB_CLI_STATE_DICT_DIFF_H_
// What differs between the tensors of two checkpoints, and by how much.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/cli/command_line.h>

#include <optional>
#include <string>
#include <vector>

namespace torchhub::cli {

struct ChangedTensor {
  std::string name;
  std::string reason;  ///< "shape 2 x 3 -> 2 x 4", "dtype float32 -> float16", "values"
  std::optional<double>
      max_abs;  ///< the largest difference of two elements, where they can be paired
};

struct StateDictDiff {
  std::vector<std::string> only_a;
  std::vector<std::string> only_b;
  std::vector<ChangedTensor> changed;
};

/// Tensors are paired by name. Equal bits are equal, also those of a NaN.
StateDictDiff diff_state_dicts(const archive::Checkpoint& a, const archive::Checkpoint& b);

void print_diff(const StateDictDiff& diff, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STATE_DICT_DIFF_H_
