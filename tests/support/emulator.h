#ifndef TORCHHUB_TESTS_SUPPORT_EMULATOR_H_
#define TORCHHUB_TESTS_SUPPORT_EMULATOR_H_
// Whether another processor is emulated for a test, as tests/machines/aarch64.sh says: it then takes twenty times as
// long, and limits that it sets itself (RLIMIT_AS) are not kept.
//
//   if (!tests::is_emulated()) EXPECT_LT(taken, 1s);

#include <cstdlib>

namespace torchhub::tests {

inline bool is_emulated() { return std::getenv("TORCHHUB_TESTS_EMULATED") != nullptr; }

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_EMULATOR_H_
