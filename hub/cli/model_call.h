#ifndef TORCHHUB_HUB_CLI_MODEL_CALL_H_
#define TORCHHUB_HUB_CLI_MODEL_CALL_H_
// A call of an exported model whose failure is one sentence.

#include <torchhub/hub/torch_exported_model.h>

#include <ATen/core/Tensor.h>

#include <vector>

namespace torchhub::cli {

/// ExportedModel::run(). A package of machine code writes the reason of a failure, with a stack, on std::cerr and
/// tells LibTorch that there was one: here the error says the reason. What else comes on std::cerr is written once
/// the call has returned. Not while other threads write there.
/// Throws as ExportedModel::run().
std::vector<at::Tensor> call_model(const ExportedModel& model,
                                   const std::vector<at::Tensor>& inputs);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_MODEL_CALL_H_
