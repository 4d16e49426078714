#ifndef TORCHHUB_HUB_DETAIL_MODEL_INPUTS_H_
#define TORCHHUB_HUB_DETAIL_MODEL_INPUTS_H_
// What a compiled package (AOTInductor's .pt2) says of the tensors that it takes.
//
// Three places tell it, the first one best:
//   "torchhub_inputs" of the package's metadata, which `torchhub export` writes; see read_inputs_record().
//   models/NAME.json, where torch.export.pt2_archive put the program beside its machine code.
//   NAME.wrapper.cpp, the machine code's own source, whose checks run where AOTI_RUNTIME_CHECK_INPUTS is set.
// Pure.

#include <torchhub/archive/dtype.h>
#include <torchhub/hub/detail/input_leaves.h>
#include <torchhub/hub/detail/size_expression.h>

#include <boost/system/result.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::detail {

struct WantedTensor {
  std::optional<archive::DType> dtype;
  std::string device;  ///< "cpu", "cuda"; "" where it is not told
  std::optional<std::vector<SizeExpression>> sizes;
  /// In elements, one for each dimension or none at all; nothing for one that is not told.
  std::vector<std::optional<SizeExpression>> strides;
};

/// Values that a size may have which the symbol stands for.
struct SymbolBounds {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

struct ModelInputs {
  std::vector<WantedTensor> inputs;
  /// The arguments that they lie in, by names; nothing where that is not told.
  std::optional<std::vector<InputLeaf>> leaves;
  std::vector<std::string> symbols;
  std::vector<SymbolBounds> bounds;   ///< one for each symbol
  std::vector<SizeExpression> rules;  ///< conditions that the sizes meet besides
  std::optional<std::vector<WantedTensor>> outputs;
  /// What of all this the package does not tell, as "bounds of the sizes that may change".
  std::string untold;
};

/// The value, or what is wrong.
using ReadInputs = boost::system::result<ModelInputs, std::string>;

/// The text of the metadata's "torchhub_inputs":
///   {"version": 1,
///    "inputs": [{"name": "image",                      absent where the function takes any number of inputs
///                "dtype": "float32", "device": "cpu", "sizes": ["s0", 3], "strides": [3, 1]}],
///    "symbols": {"s0": {"min": 0, "max": 64}},         no "max": none
///    "rules": [["==", ["%", "s0", 2], 0]],
///    "outputs": [{"dtype", "device", "sizes"}]}        absent where something else than tensors is returned
/// Sizes, strides and rules are size expressions. Other members are ignored; another version is refused.
ReadInputs read_inputs_record(std::string_view text);

/// A program as torch.export writes it (torch/_export/serde/schema.py, ExportedProgram).
ReadInputs read_program_inputs(std::string_view text);

/// The source of the machine code (torch/_inductor/codegen/cpp_wrapper_cpu.py). Of bounds it is believed that 0
/// is not taken, and those that leave one size alone: the others follow from how the compiler chose among ways
/// that give the same numbers, and torch itself ignores them.
ReadInputs read_source_inputs(std::string_view source);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_MODEL_INPUTS_H_
