#ifndef TORCHHUB_TESTS_ARCHIVE_ATTACK_H_
#define TORCHHUB_TESTS_ARCHIVE_ATTACK_H_
// What every attack on a checkpoint must meet: the right error, soon, in little memory, with nothing
// run. The numbers in the tests' names are those of the list of attacks in ../shared/research/
// checkpoints.md, section 5.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/tests/support/emulator.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/zip_builder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace torchhub::archive {

using tests::Failure;
using tests::global;
using tests::integer;
using tests::little_endian;
using tests::pickle;
using tests::storage;
using tests::tensor;
using tests::text;
using tests::tuple;
using namespace std::string_literals;

/// What a payload would create if it ran.
inline const std::string kPayloadFile = "torchhub_was_attacked";

inline std::string torch_zip(const std::string& data_pkl,
                             const std::vector<tests::ZipMember>& more = {}) {
  std::vector<tests::ZipMember> members = {{.name = "archive/data.pkl", .content = data_pkl},
                                           {.name = "archive/version", .content = "3\n"}};
  members.insert(members.end(), more.begin(), more.end());
  return tests::build_zip(members);
}

/// Twelve float32, 0 to 11.
inline std::string twelve_floats() {
  std::string bytes;
  for (int i = 0; i < 12; ++i) {
    const float value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

/// A checkpoint whose pickle is `body` and whose storage '0' has twelve floats.
inline std::string twelve_floats_zip(const std::string& body) {
  return torch_zip(pickle(body), {{.name = "archive/data/0", .content = twelve_floats()}});
}

inline const std::string kTwelve = storage("FloatStorage", "0", 12);
inline const std::string kWhole = tensor(kTwelve, 0, tuple(12), tuple(1));

inline Checkpoint open_bytes(const std::string& file, const OpenOptions& options = OpenOptions()) {
  const auto bytes = std::as_bytes(std::span(file));
  return open_checkpoint(MemorySource(std::vector<std::byte>(bytes.begin(), bytes.end())), "it.pth",
                         options);
}

inline std::size_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) << 10;
}

/// What opening the file threw. Fails the test where that took a second, 64 MiB beyond the file's
/// size, or ran the payload.
inline Failure attack(const std::string& file, const OpenOptions& options = OpenOptions()) {
  const std::size_t before = peak_memory();
  const auto start = std::chrono::steady_clock::now();
  const Failure failure = tests::failure_of([&] { open_bytes(file, options); });
  if (!tests::kIsSanitized && !tests::is_emulated()) {
    // The source is a copy of the file.
    EXPECT_LT(peak_memory() - before, 2 * file.size() + (std::size_t{64} << 20));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  }
  EXPECT_FALSE(std::filesystem::exists(kPayloadFile));
  if (failure.code) {
    EXPECT_THAT(failure.sentence, testing::StartsWith("it.pth: "));
  }
  return failure;
}

inline Failure attack_pickle(const std::string& body, const OpenOptions& options = OpenOptions()) {
  return attack(twelve_floats_zip(body), options);
}

/// The error is one of those.
inline testing::AssertionResult is_one_of(const Failure& failure,
                                          std::initializer_list<errc> codes) {
  for (const errc code : codes)
    if (failure.code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << failure.code << ": " << failure.sentence;
}

}  // namespace torchhub::archive

#endif  // TORCHHUB_TESTS_ARCHIVE_ATTACK_H_
