#include <torchhub/hub/cli/model_call.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/detail/libtorch_reason.h>
#include <torchhub/hub/error.h>

#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

namespace torchhub::cli {
namespace {

class CapturedErrors {
 public:
  CapturedErrors() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~CapturedErrors() { std::cerr.rdbuf(before_); }
  CapturedErrors(const CapturedErrors&) = delete;
  CapturedErrors& operator=(const CapturedErrors&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

}  // namespace

std::vector<at::Tensor> call_model(const ExportedModel& model,
                                   const std::vector<at::Tensor>& inputs) {
  // Source: CONVERT_EXCEPTION_TO_ERROR_CODE of torch/csrc/inductor/aoti_runtime/interface.cpp, PyTorch 2.13.
  constexpr std::string_view kReason = "Error: ";
  std::string written;
  try {
    std::vector<at::Tensor> outputs;
    {
      const CapturedErrors captured;
      try {
        outputs = model.run(inputs);
      } catch (...) {
        written = captured.text();
        throw;
      }
      written = captured.text();
    }
    notes() << terminal_text(written);
    return outputs;
  } catch (const Error& error) {
    const std::size_t at = written.find(kReason);
    const bool is_told = at != written.npos && (at == 0 || written[at - 1] == '\n');
    if (error.code() != errc::libtorch || !is_told) throw;
    throw Error(errc::libtorch, "calling the model: " +
                                    std::string(detail::libtorch_reason(
                                        std::string_view(written).substr(at + kReason.size()))));
  }
}

}  // namespace torchhub::cli
