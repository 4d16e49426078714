#ifndef TORCHHUB_HUB_DETAIL_INPUT_LEAVES_H_
#define TORCHHUB_HUB_DETAIL_INPUT_LEAVES_H_
// Which value of a file is which input of a model: by the names that the model tells, else by their places.
//
//   leaves of forward(self, image, options: dict) with options {"scale", "shift"}:
//     {"0", "image"}, {"1.scale", "options.scale"}, {"1.shift", "options.shift"}
//   {"image": i, "options": {"shift": a, "scale": b}} is then taken in the order i, b, a.
//
// Pure.

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::detail {

/// A value that a model's function takes, flattened as torch.utils._pytree does it.
struct InputLeaf {
  std::vector<std::string> names;       ///< its paths, as a checkpoint names its tensors
  std::optional<std::string> constant;  ///< JSON of the value that is part of the model's code
  bool has_default = false;             ///< may be left out
};

/// A value that a file holds.
struct GivenInput {
  std::string name;  ///< its path from the root; "" for the root itself
  bool is_tensor = true;
  std::string text;  ///< of what is no tensor: JSON, or "an array", "an object" and the like
};

/// The leaves of a function's arguments: `spec` is the JSON of a tuple of its positional ones and a dict of its
/// keywords (torch.utils._pytree.treespec_dumps), `names` those of its parameters as far as they are told.
/// Nothing where the spec is of another kind, or has containers that are no list, tuple or dict.
std::optional<std::vector<InputLeaf>> read_input_leaves(std::string_view spec,
                                                        const std::vector<std::string>& names);

/// Leaves of which their places alone are known.
std::vector<InputLeaf> leaves_by_place(std::size_t count);

using PlacedInputs = boost::system::result<std::vector<std::size_t>, std::string>;

/// The places in `given` of the tensors that the model is to be called with, in its order, or what does not fit: a
/// clause. Whether a list holds too many or too few is left to who calls the model. `tensors` is how many of the
/// leaves are tensors: fewer than there are where some are constants that are not told.
PlacedInputs place_inputs(const std::vector<InputLeaf>& leaves, std::size_t tensors,
                          const std::vector<GivenInput>& given);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_INPUT_LEAVES_H_
