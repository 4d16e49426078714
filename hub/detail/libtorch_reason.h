#ifndef TORCHHUB_HUB_DETAIL_LIBTORCH_REASON_H_
#define TORCHHUB_HUB_DETAIL_LIBTORCH_REASON_H_
// The line of LibTorch's words that says what was wrong, without the stacks around it.
//
//   libtorch_reason("index out of range\nException raised from ...\nframe #0: ...") == "index out of range"
//
// Pure.

#include <string_view>

namespace torchhub::detail {

/// Of TorchScript's errors, which end with what was wrong, the line that begins with the error's type; of others
/// the first that is not empty. A part of `text`; "" where there is no such line.
/// Source: torch/csrc/jit/runtime/interpreter.cpp (handleError) and c10/util/Exception.cpp, PyTorch 2.13.
std::string_view libtorch_reason(std::string_view text);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_LIBTORCH_REASON_H_
