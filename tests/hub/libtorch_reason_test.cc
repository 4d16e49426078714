#include <torchhub/hub/detail/libtorch_reason.h>

#include <gtest/gtest.h>

namespace torchhub::detail {
namespace {

TEST(LibtorchReason, IsTheFirstLineOfACheck) {
  EXPECT_EQ(
      libtorch_reason("index out of bounds: 0 <= tmp2 < 10L\nException raised from f at k.cpp:24 "
                      "(most recent call first):\nframe #0: c10::Error::Error() + 0x9d\n"),
      "index out of bounds: 0 <= tmp2 < 10L");
  EXPECT_EQ(libtorch_reason("\n \n  one line \n"), "one line");
  EXPECT_EQ(libtorch_reason("one line"), "one line");
  EXPECT_EQ(libtorch_reason(" \n"), "");
  EXPECT_EQ(libtorch_reason(""), "");
}

TEST(LibtorchReason, IsTheErrorOfATraceback) {
  const std::string_view trace =
      "The following operation failed in the TorchScript interpreter.\n"
      "Traceback of TorchScript, serialized code (most recent call last):\n"
      "  File \"code/__torch__/sparse.py\", line 10, in forward\n"
      "    return torch.embedding(weight, input)\n"
      "           ~~~~~~~~~~~~~~~ <--- HERE\n\n";
  EXPECT_EQ(libtorch_reason(std::string(trace) + "RuntimeError: index out of range in self\n"),
            "RuntimeError: index out of range in self");
  EXPECT_EQ(libtorch_reason(std::string(trace) + "ValueError: two\nlines\n"), "ValueError: two");
  EXPECT_EQ(libtorch_reason(std::string(trace) + "torch.jit.Error: x: y"), "torch.jit.Error: x: y");
  // Of a kind that is not known, what stands last.
  EXPECT_EQ(libtorch_reason(std::string(trace) + "it went wrong\n"), "it went wrong");
}

}  // namespace
}  // namespace torchhub::detail
