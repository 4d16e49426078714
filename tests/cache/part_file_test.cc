#include <torchhub/cache/part_file.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace torchhub::cache {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  return names;
}

TEST(PartFile, AppearsWholeAndAlone) {
  const tests::TempFolder folder;
  {
    PartFile part(folder / "x.pth");
    part.size_hint(6);
    part.write_at(3, bytes_of("def"));
    part.write_at(0, bytes_of("abc"));
    EXPECT_FALSE(std::filesystem::exists(folder / "x.pth"));
    part.publish();
  }
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "abcdef");
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("x.pth"));
}

TEST(PartFile, LeavesNothingUnlessPublished) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", "before");
  {
    PartFile part(folder / "x.pth");
    part.write_at(0, bytes_of("abc"));
  }
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "before");
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("x.pth"));
}

TEST(PartFile, ReplacesWhatIsThere) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth", "a longer one before");
  PartFile part(folder / "x.pth");
  part.write_at(0, bytes_of("new"));
  part.publish();
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "new");
}

TEST(PartFile, HasTheModeThatTheUmaskLeaves) {
  const tests::TempFolder folder;
  const mode_t before = umask(027);
  PartFile part(folder / "x.pth");
  part.publish();
  umask(before);
  struct stat status;
  ASSERT_EQ(stat((folder / "x.pth").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(PartFile, DropsWhatAKilledProcessLeft) {
  const tests::TempFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    PartFile part(folder / "x.pth");
    part.write_at(0, bytes_of("half of something longer"));
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(tests::read_file(folder / "x.pth.torchhub-part"), "half of something longer");
  PartFile part(folder / "x.pth");
  part.write_at(0, bytes_of("abc"));
  part.publish();
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "abc");
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("x.pth"));
}

TEST(PartFile, LeavesAFileThatOnlyHasAPartsName) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth.torchhub-part", "somebody's");
  for (const char* content : {"abc", "def"}) {
    PartFile part(folder / "x.pth");
    EXPECT_NE(part.path(), folder / "x.pth.torchhub-part");
    part.write_at(0, bytes_of(content));
    part.publish();
    EXPECT_EQ(tests::read_file(folder / "x.pth"), content);
  }
  { const PartFile unpublished(folder / "x.pth"); }
  EXPECT_EQ(tests::read_file(folder / "x.pth.torchhub-part"), "somebody's");
  EXPECT_THAT(names_in(folder.path()),
              testing::UnorderedElementsAre("x.pth", "x.pth.torchhub-part"));
}

TEST(PartFile, LeavesAFileThatOnlyHasAJournalsName) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x.pth.torchhub-part-journal", "somebody's");
  {
    PartFile part(folder / "x.pth");
    part.write_at(0, bytes_of("abc"));
    part.save_state(bytes_of("state"));
    part.publish();
  }
  EXPECT_EQ(tests::read_file(folder / "x.pth.torchhub-part-journal"), "somebody's");
  EXPECT_THAT(names_in(folder.path()),
              testing::UnorderedElementsAre("x.pth", "x.pth.torchhub-part-journal"));
}

TEST(PartFile, LetsOneMakerWorkAtATime) {
  const tests::TempFolder folder;
  std::atomic<int> working = 0;
  std::atomic<int> most = 0;
  std::atomic<int> made = 0;
  std::vector<std::thread> makers;
  for (int i = 0; i < 8; ++i) {
    makers.emplace_back([&] {
      PartFile part(folder / "x.pth");
      const int now = ++working;
      most = std::max(most.load(), now);
      if (!std::filesystem::exists(folder / "x.pth")) {
        part.write_at(0, bytes_of("abc"));
        std::this_thread::sleep_for(20ms);
        ++made;
        --working;
        part.publish();
      } else {
        --working;
      }
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(made, 1);
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("x.pth"));
}

TEST(PartFile, GivesUpOnAMakerThatTakesTooLong) {
  const tests::TempFolder folder;
  const PartFile slow(folder / "x.pth");
  const tests::Failure late = tests::failure_of([&] { PartFile(folder / "x.pth", 50ms); });
  EXPECT_EQ(late.code, errc::lock_timeout);
  EXPECT_EQ(late.code, boost::system::errc::timed_out);
  EXPECT_THAT(late.sentence, HasSubstr("x.pth"));
}

TEST(PartFile, IsFreedWhenItsMakerIsKilled) {
  const tests::TempFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const PartFile held(folder / "x.pth");
    if (write(ready[1], "r", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(tests::failure_of([&] { PartFile(folder / "x.pth", 50ms); }).code, errc::lock_timeout);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  PartFile part(folder / "x.pth", 5s);
  part.write_at(0, bytes_of("abc"));
  part.publish();
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "abc");
}

TEST(PartFile, SaysWhichFolderIsMissing) {
  const tests::Failure missing = tests::failure_of([] { PartFile("/nowhere/x.pth"); });
  EXPECT_EQ(missing.code, boost::system::errc::no_such_file_or_directory);
  EXPECT_THAT(missing.sentence, HasSubstr("/nowhere/x.pth"));
}

TEST(PartFile, SaysThatTheFileCannotGrow) {
  const tests::TempFolder folder;
  // A limit of the process stands in for a full disk.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const tests::Failure full = tests::failure_of([&] {
      PartFile part(folder / "x.pth");
      part.write_at(0, bytes_of(std::string(2000, 'x')));
    });
    _exit(full.code == boost::system::errc::file_too_large &&
                  full.sentence.find("x.pth") != full.sentence.npos
              ? 0
              : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(names_in(folder.path()).empty());
}

std::vector<std::byte> some_bytes(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

TEST(PartFile, KeepsWhatHasAStateForTheNextMaker) {
  const tests::TempFolder folder;
  {
    PartFile part(folder / "x.pth");
    part.write_at(0, some_bytes("abc"));
    part.save_state(some_bytes("state"));
    part.append_log(some_bytes("log"));
  }
  PartFile part(folder / "x.pth");
  EXPECT_EQ(part.load_state(), some_bytes("state"));
  EXPECT_EQ(part.load_log(), some_bytes("log"));
  std::vector<std::byte> back(3);
  part.read_at(0, back);
  EXPECT_EQ(back, some_bytes("abc"));
  part.publish();
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "abc");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.pth.torchhub-part-journal"));
}

TEST(PartFile, LeavesNothingWhereItIsDiscarded) {
  const tests::TempFolder folder;
  {
    PartFile part(folder / "x.pth");
    part.write_at(0, some_bytes("abc"));
    part.save_state(some_bytes("state"));
    part.discard();
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// A process that is killed right after its rename leaves a journal; the inode that it speaks of may
// be that of the next part.
TEST(PartFile, DoesNotBelieveTheJournalOfAPartThatWasPublished) {
  const tests::TempFolder folder;
  {
    PartFile part(folder / "x.pth");
    part.write_at(0, some_bytes("abc"));
    part.save_state(some_bytes("state"));
  }
  std::filesystem::resize_file(folder / "x.pth.torchhub-part", 0);
  PartFile part(folder / "x.pth");
  EXPECT_TRUE(part.load_state().empty());
}

TEST(PartFile, LeavesNothingWhereThereIsNothingToGoOnWith) {
  const tests::TempFolder folder;
  {
    PartFile part(folder / "x.pth");
    part.save_state(some_bytes("state"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// As the kernel has it, in bytes.
std::uint64_t room_taken_by(const std::filesystem::path& path) {
  struct stat status;
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

TEST(PartFile, AsksForRoomBeforeItTakesAny) {
  const tests::TempFolder folder;
  for (const std::uint64_t bytes : {std::uint64_t{1} << 50, std::uint64_t{1} << 60,
                                    (std::uint64_t{1} << 63) - 1, ~std::uint64_t{0}}) {
    PartFile part(folder / "x.pth");
    const tests::Failure full = tests::failure_of([&] { part.size_hint(bytes); });
    EXPECT_EQ(full.code, boost::system::errc::no_space_on_device);
    EXPECT_THAT(full.sentence, HasSubstr("x.pth.torchhub-part: no room"));
    EXPECT_THAT(full.sentence, testing::ContainsRegex("needs " + std::to_string(bytes) +
                                                      ", there are [0-9]+ free"));
    EXPECT_EQ(room_taken_by(part.path()), 0u);
  }
  PartFile part(folder / "x.pth");
  EXPECT_NO_THROW(part.size_hint(1 << 20));
}

TEST(PartFile, NeedsNoRoomForWhatItHas) {
  const tests::TempFolder folder;
  PartFile part(folder / "x.pth");
  part.write_at(0, some_bytes(std::string(1 << 20, 'x')));
  const std::uint64_t bytes = std::uint64_t{1} << 50;
  const std::uint64_t taken = room_taken_by(part.path());
  EXPECT_THAT(tests::failure_of([&] { part.size_hint(bytes); }).sentence,
              HasSubstr("needs " + std::to_string(bytes - taken) + ","));
}

// A limit of the process stands in for a disk that has room for the file and for no more.
TEST(PartFile, IsMadeAlsoWhereItsJournalCannotBe) {
  const tests::TempFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const tests::Failure none = tests::failure_of([&] {
      {
        PartFile abandoned(folder / "y.pth");
        abandoned.write_at(0, bytes_of("abc"));
        abandoned.save_state(some_bytes("state"));
        abandoned.append_log(some_bytes("log"));
        abandoned.flush_state(some_bytes("state"));
      }
      PartFile part(folder / "x.pth");
      part.write_at(0, bytes_of("abc"));
      part.save_state(some_bytes("state"));
      part.publish();
    });
    _exit(none.code ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("x.pth"));
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "abc");
}

TEST(PartFile, DropsWhatLiesBeyondItsLength) {
  const tests::TempFolder folder;
  PartFile part(folder / "x.pth");
  part.write_at(0, some_bytes("abcdef"));
  part.size_hint(3);
  part.publish();
  EXPECT_EQ(tests::read_file(folder / "x.pth"), "abc");
}

TEST(PartFile, SaysWhereItBecameShorter) {
  const tests::TempFolder folder;
  PartFile part(folder / "x.pth");
  part.write_at(0, some_bytes("abc"));
  std::vector<std::byte> back(4);
  EXPECT_EQ(tests::failure_of([&] { part.read_at(0, back); }).code, errc::part_changed);
}

// A name that everybody knows: what lies there, or at the journal's, may have been put there for us to
// write through.
TEST(PartFile, IsNeverAnotherFile) {
  const auto plant_link = [](const std::string& name) {
    return [name](const tests::TempFolder& folder) {
      std::filesystem::create_symlink("precious", folder / name);
    };
  };
  const auto plant_second_name = [](const std::string& name) {
    return [name](const tests::TempFolder& folder) {
      std::filesystem::create_hard_link(folder / "precious", folder / name);
    };
  };
  const std::vector<std::function<void(const tests::TempFolder&)>> plants = {
      plant_link("x.torchhub-part"),
      plant_link("x.torchhub-part-journal"),
      plant_second_name("x.torchhub-part"),
      plant_second_name("x.torchhub-part-journal"),
      [](const tests::TempFolder& folder) {
        std::filesystem::create_symlink("nowhere", folder / "x.torchhub-part");
      },
      [](const tests::TempFolder& folder) {
        std::filesystem::create_directory(folder / "x.torchhub-part");
      },
      [](const tests::TempFolder& folder) {
        ASSERT_EQ(mkfifo((folder / "x.torchhub-part").c_str(), 0666), 0);
      },
      [](const tests::TempFolder& folder) {
        ASSERT_EQ(mkfifo((folder / "x.torchhub-part-journal").c_str(), 0666), 0);
      },
  };
  for (std::size_t i = 0; i < plants.size(); ++i) {
    const tests::TempFolder folder;
    tests::write_file(folder / "precious", "precious");
    plants[i](folder);
    const std::size_t before = names_in(folder.path()).size();
    {
      PartFile part(folder / "x");
      part.write_at(0, bytes_of("abc"));
      part.save_state(bytes_of("state"));
      part.publish();
    }
    EXPECT_EQ(tests::read_file(folder / "x"), "abc") << i;
    EXPECT_EQ(tests::read_file(folder / "precious"), "precious") << i;
    EXPECT_FALSE(std::filesystem::exists(folder / "nowhere")) << i;
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / "x")));
    EXPECT_EQ(std::filesystem::hard_link_count(folder / "x"), 1u) << i;
    // What was planted, and the file.
    EXPECT_EQ(names_in(folder.path()).size(), before + 1) << i;
  }
}

TEST(PartFile, IsNotPublishedInAnothersPlace) {
  const tests::TempFolder folder;
  PartFile part(folder / "x");
  part.write_at(0, bytes_of("abc"));
  tests::write_file(folder / "other", "another");
  std::filesystem::rename(folder / "other", part.path());
  EXPECT_EQ(tests::failure_of([&] { part.publish(); }).code, errc::part_changed);
  EXPECT_FALSE(std::filesystem::exists(folder / "x"));
}

}  // namespace
}  // namespace torchhub::cache
