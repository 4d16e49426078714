#include <torchhub/cache/trust_list.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <thread>
#include <vector>

namespace torchhub::cache {
namespace {

TEST(TrustList, HasNoEntriesUntilItExists) {
  const tests::TempFolder folder;
  EXPECT_FALSE(is_listed(folder / "hub/trusted_list", "a_b"));
  add_to_trust_list(folder / "hub/trusted_list", "a_b");
  EXPECT_TRUE(is_listed(folder / "hub/trusted_list", "a_b"));
  EXPECT_EQ(tests::read_file(folder / "hub/trusted_list"), "a_b\n");
}

TEST(TrustList, ReadsLinesAsPythonDoes) {
  const tests::TempFolder folder;
  tests::write_file(folder / "list", "a_b\r\n  c_d \n\n# a comment\ne_f");
  for (const char* entry : {"a_b", "c_d", "e_f"})
    EXPECT_TRUE(is_listed(folder / "list", entry)) << entry;
  for (const char* entry : {"a_", "b", "A_B", "e_f2", "a_b\nc_d"})
    EXPECT_FALSE(is_listed(folder / "list", entry)) << entry;
}

TEST(TrustList, KeepsForeignLinesAndGluesNone) {
  const tests::TempFolder folder;
  tests::write_file(folder / "list", "x\na_b");
  add_to_trust_list(folder / "list", "o_r");
  EXPECT_EQ(tests::read_file(folder / "list"), "x\na_b\no_r\n");
}

TEST(TrustList, HasAnEntryOnce) {
  const tests::TempFolder folder;
  add_to_trust_list(folder / "list", "a_b");
  add_to_trust_list(folder / "list", "a_b");
  EXPECT_EQ(tests::read_file(folder / "list"), "a_b\n");
}

TEST(TrustList, LosesNoEntryOfManyWriters) {
  const tests::TempFolder folder;
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back(
        [&, i] { add_to_trust_list(folder / "list", "owner_" + std::to_string(i)); });
  }
  for (std::thread& writer : writers) writer.join();
  for (int i = 0; i < 16; ++i)
    EXPECT_TRUE(is_listed(folder / "list", "owner_" + std::to_string(i))) << i;
}

TEST(TrustList, GoesWhereItsLinkLeads) {
  const tests::TempFolder folder;
  tests::write_file(folder / "mine/list", "a_b\n");
  std::filesystem::create_symlink("mine/list", folder / "list");
  add_to_trust_list(folder / "list", "c_d");
  EXPECT_EQ(tests::read_file(folder / "mine/list"), "a_b\nc_d\n");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "list"));
}

TEST(TrustList, IsNotAddedToUnderASecondName) {
  const tests::TempFolder folder;
  tests::write_file(folder / "precious", "precious\n");
  std::filesystem::create_hard_link(folder / "precious", folder / "list");
  EXPECT_EQ(tests::failure_of([&] { add_to_trust_list(folder / "list", "c_d"); }).code.value(),
            EPERM);
  EXPECT_EQ(tests::read_file(folder / "precious"), "precious\n");
}

TEST(TrustList, IsARegularFile) {
  const tests::TempFolder folder;
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0666), 0);
  for (const char* name : {"folder", "fifo"}) {
    const tests::Failure refused = tests::failure_of([&] { is_listed(folder / name, "a_b"); });
    EXPECT_EQ(refused.code.value(), EINVAL) << name;
    EXPECT_NE(refused.sentence.find("is no regular file"), std::string::npos) << refused.sentence;
    EXPECT_NE(tests::failure_of([&] { add_to_trust_list(folder / name, "a_b"); }).code.value(), 0);
  }
}

TEST(TrustList, HasLines) {
  const tests::TempFolder home;
  EXPECT_TRUE(listed_lines(home / "absent").empty());
  tests::write_file(home / "list", " a_b \r\n\nhttps://x c_d");
  EXPECT_EQ(listed_lines(home / "list"), (std::vector<std::string>{"a_b", "", "https://x c_d"}));
}

}  // namespace
}  // namespace torchhub::cache
