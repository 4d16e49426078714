#include <torchhub/hub/cli/program.h>

#include <gtest/gtest.h>

#include <array>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace torchhub::cli {
namespace {

// The exit status and what stands on stderr where a verb throws `failure`.
template <class Failure>
std::pair<int, std::string> told(const Failure& failure) {
  std::string program = "torchhub";
  std::string verb = "list";
  std::string repository = "acme/digits";
  std::array<char*, 4> arguments = {program.data(), verb.data(), repository.data(), nullptr};
  testing::internal::CaptureStderr();
  const int status = run_program(3, arguments.data(), [&](const CommandLine&) { throw failure; });
  return {status, testing::internal::GetCapturedStderr()};
}

TEST(Program, SaysThatMemoryIsShort) {
  const auto [status, text] = told(std::bad_alloc());
  EXPECT_EQ(status, 1);
  EXPECT_EQ(text, "torchhub: error: there is not enough memory for this\n");
}

TEST(Program, TellsAFailureOnOneLine) {
  const auto [status, text] = told(std::runtime_error("first\r\nsecond\x1b[31m"));
  EXPECT_EQ(status, 1);
  EXPECT_EQ(text, "torchhub: error: first second\\x1b[31m\n");
}

TEST(Program, EndsWithTheStatusOfItsKind) {
  EXPECT_EQ(told(UsageError("x")).first, 2);
  EXPECT_EQ(told(Interrupted("x")).first, 130);
}

}  // namespace
}  // namespace torchhub::cli
