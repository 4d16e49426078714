// Attacks 73 to 78: what happens to the file, and to those who read it, meanwhile.

#include <torchhub/archive/convert.h>
#include <torchhub/archive/truncation_guard.h>
#include <torchhub/tests/archive/attack.h>
#include <torchhub/tests/support/temp_folder.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

namespace torchhub::archive {
namespace {

namespace fs = std::filesystem;

std::string large_checkpoint() {
  std::string data;
  while (data.size() < 4'000'000) data += twelve_floats();
  const auto numel = static_cast<std::int32_t>(data.size() / 4);
  return torch_zip(
      pickle("}" + text("w") +
             tensor(storage("FloatStorage", "0", numel), 0, tuple(numel), tuple(1)) + "s"),
      {{.name = "archive/data/0", .content = data}});
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

std::size_t mappings_of(const std::string& name) {
  const std::string maps = [] {
    std::ifstream file("/proc/self/maps");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  std::size_t count = 0;
  for (std::size_t at = maps.find(name); at != maps.npos; at = maps.find(name, at + 1)) ++count;
  return count;
}

TEST(EnvironmentAttacks, N73_AFileThatIsCutOffWhileItIsMapped) {
  install_truncation_guard();
  const tests::TempFolder folder;
  tests::write_file(folder / "model.pth", large_checkpoint());
  const Checkpoint checkpoint = open_checkpoint(folder / "model.pth");
  EXPECT_NO_THROW(checkpoint.check_intact());
  ASSERT_EQ(::truncate((folder / "model.pth").c_str(), 8192), 0);
  std::uint64_t sum = 0;
  for (const std::byte byte : checkpoint.bytes("w")) sum += static_cast<std::uint64_t>(byte);
  EXPECT_GT(sum, 0u);
  const Failure failure = tests::failure_of([&] { checkpoint.check_intact(); });
  EXPECT_EQ(failure.code, errc::file_changed);
  EXPECT_THAT(failure.sentence, testing::HasSubstr("made shorter"));
  // Opened again, it is damaged like any other.
  EXPECT_TRUE(tests::failure_of([&] { open_checkpoint(folder / "model.pth"); }).code);
}

TEST(EnvironmentAttacks, N73_ACopyIsNobodyElses) {
  const tests::TempFolder folder;
  tests::write_file(folder / "model.pth", large_checkpoint());
  const Checkpoint checkpoint = open_checkpoint(read_file(folder / "model.pth"));
  ASSERT_EQ(::truncate((folder / "model.pth").c_str(), 0), 0);
  std::uint64_t sum = 0;
  for (const std::byte byte : checkpoint.bytes("w")) sum += static_cast<std::uint64_t>(byte);
  EXPECT_GT(sum, 0u);
}

// Where no guard is installed, and for memory that is no MappedFile's, the signal is what it was.
TEST(EnvironmentAttacks, N73_OtherBusErrorsStayFatal) {
  EXPECT_DEATH(
      {
        install_truncation_guard();
        ::raise(SIGBUS);
        ::raise(SIGBUS);
      },
      "");
}

TEST(EnvironmentAttacks, N74_AFileThatIsReplacedOrWrittenOver) {
  const tests::TempFolder folder;
  const fs::path path = folder / "model.safetensors";
  tests::write_file(folder / "model.pth", large_checkpoint());
  convert_to_safetensors(open_checkpoint(folder / "model.pth"), path);
  const std::string before = tests::read_file(path);
  // Converted onto itself: the tensors come from the file that is replaced.
  const Checkpoint mapped = open_checkpoint(path);
  convert_to_safetensors(mapped, path);
  EXPECT_EQ(tests::read_file(path), before);
  fs::remove(path);
  EXPECT_EQ(mapped.bytes("w").size(), 4'000'032u);
}

TEST(EnvironmentAttacks, N75_WhatIsNoFile) {
  const tests::TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const auto code = [](const fs::path& path) {
    return tests::failure_of([&] { open_checkpoint(path); }).code;
  };
  EXPECT_EQ(code(folder / "pipe"), boost::system::errc::invalid_argument);
  EXPECT_EQ(code("/dev/null"), boost::system::errc::invalid_argument);
  EXPECT_EQ(code(folder.path()), boost::system::errc::is_a_directory);
  EXPECT_EQ(code(folder / "none"), boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(code(std::string(10'000, 'a')), boost::system::errc::filename_too_long);
  fs::create_symlink("loop", folder / "loop");
  EXPECT_EQ(code(folder / "loop"), boost::system::errc::too_many_symbolic_link_levels);
}

TEST(EnvironmentAttacks, N76_NoRoomForTheMapping) {
  if (tests::is_emulated()) GTEST_SKIP() << "an emulator keeps no RLIMIT_AS";
  const tests::TempFolder folder;
  tests::write_file(folder / "model.pth", large_checkpoint());
  const auto open_without_room = [&] {
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = 1 << 20;
    ::setrlimit(RLIMIT_AS, &limit);
    const Failure failure = tests::failure_of([&] { open_checkpoint(folder / "model.pth"); });
    ::_exit(failure.code == boost::system::errc::not_enough_memory ? 7 : 1);
  };
  EXPECT_EXIT(open_without_room(), testing::ExitedWithCode(7), "");
}

TEST(EnvironmentAttacks, N77_OneCheckpointForManyThreads) {
  const tests::TempFolder folder;
  tests::write_file(folder / "model.pth", large_checkpoint());
  const Checkpoint checkpoint = open_checkpoint(folder / "model.pth");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&checkpoint] {
      const Checkpoint copy = checkpoint;
      for (int k = 0; k < 100; ++k) EXPECT_EQ(copy.bytes("w").size(), 4'000'032u);
      EXPECT_EQ(copy.find("none"), nullptr);
    });
  }
}

TEST(EnvironmentAttacks, N78_NothingStaysOpen) {
  const tests::TempFolder folder;
  const std::string whole = large_checkpoint();
  const fs::path path = folder / "unclosed_model.pth";
  const std::size_t descriptors = open_descriptors();
  for (std::size_t size : {std::size_t{0}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    tests::write_file(path, whole.substr(0, size));
    EXPECT_TRUE(tests::failure_of([&] { open_checkpoint(path); }).code);
  }
  tests::write_file(path, whole);
  {
    const Checkpoint checkpoint = open_checkpoint(path);
    EXPECT_EQ(mappings_of("unclosed_model.pth"), 1u);
    EXPECT_EQ(open_descriptors(), descriptors);
  }
  EXPECT_EQ(mappings_of("unclosed_model.pth"), 0u);
  EXPECT_EQ(open_descriptors(), descriptors);
}

TEST(ByteSources, ARangeOfAnotherIsOne) {
  const std::string inner = torch_zip(pickle("N"));
  const std::string outer = "head" + inner + "tail";
  const auto bytes = std::as_bytes(std::span(outer));
  const MemorySource source(std::vector<std::byte>(bytes.begin(), bytes.end()));
  EXPECT_NO_THROW(open_checkpoint(RangeSource(source, 4, inner.size())));
  EXPECT_THROW(RangeSource(source, 4, outer.size()), std::out_of_range);
  EXPECT_THROW(RangeSource(source, outer.size() + 1, 0), std::out_of_range);
}

}  // namespace
}  // namespace torchhub::archive
