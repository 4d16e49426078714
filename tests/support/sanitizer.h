#ifndef TORCHHUB_TESTS_SUPPORT_SANITIZER_H_
#define TORCHHUB_TESTS_SUPPORT_SANITIZER_H_
// Whether a test runs under AddressSanitizer or ThreadSanitizer, which take memory and time of their own.
//
//   constexpr int kLoads = tests::kIsSanitized ? 100 : 10'000;

namespace torchhub::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_SANITIZER_H_
