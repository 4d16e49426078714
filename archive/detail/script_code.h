#ifndef TORCHHUB_ARCHIVE_DETAIL_SCRIPT_CODE_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCRIPT_CODE_H_
// What loading a TorchScript archive runs of its code: each __setstate__, and what that calls. Operators of
// TorchScript read and write files (aten::from_file), so a state is set by few of them: those that pack
// quantized weights, compare and make tensors. Pure.
//
// Source: torch/csrc/jit/serialization/import.cpp, pickler.cpp and python_print.cpp of PyTorch 2.13.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

struct ScriptFile {
  std::string_view name;  ///< "archive/code/__torch__.py"
  std::string_view text;
};

/// What a __setstate__ may run beside those few: "torch.from_file in archive/code/__torch__.py". Nothing
/// where there is no __setstate__, or a harmless one. Functions are told apart by their names alone, and
/// code that torch does not write so counts as what may run anything.
std::optional<std::string> run_by_loading(std::span<const ScriptFile> files);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCRIPT_CODE_H_
