#include <torchhub/archive/scan_files.h>
#include <torchhub/tests/archive/attack.h>
#include <torchhub/tests/support/temp_folder.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <map>

namespace torchhub::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kEvil = "cposix\nsystem\n(S'id'\ntR.";

class ScanFiles : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    tests::write_file(folder_ / name, content);
  }

  // "safe NAME", "refused NAME: CAUSE", "skipped NAME", in the order in which they are told.
  std::vector<std::string> scan(const fs::path& path) {
    std::vector<std::string> told;
    reasons_.clear();
    scan_files(path, [&](const ScannedFile& file) {
      const std::string name = file.path.lexically_relative(folder_.path()).string();
      reasons_[name] = file.scan.reason;
      EXPECT_EQ(file.scan.is_safe, file.scan.cause == ScanCause::none) << name;
      told.push_back(file.is_skipped ? "skipped " + name
                     : file.scan.is_safe
                         ? "safe " + name
                         : "refused " + name + ": " + std::string(name_of(file.scan.cause)));
    });
    return told;
  }

  tests::TempFolder folder_;
  std::map<std::string, std::string> reasons_;
};

TEST_F(ScanFiles, TellsAFileItself) {
  write("a.pth", twelve_floats_zip(kWhole));
  write("b.txt", kEvil);
  write("c.txt", "a text");
  EXPECT_THAT(scan(folder_ / "a.pth"), ElementsAre("safe a.pth"));
  EXPECT_THAT(scan(folder_ / "b.txt"), ElementsAre("refused b.txt: code"));
  // Named by itself, nothing is passed over.
  EXPECT_THAT(scan(folder_ / "c.txt"), ElementsAre("refused c.txt: unreadable"));
  EXPECT_THAT(scan(folder_ / "none"), ElementsAre("refused none: unreadable"));
  EXPECT_THAT(reasons_["none"], testing::StartsWith("cannot be read: No such file"));
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(scan(folder_ / "fifo"), ElementsAre("refused fifo: unreadable"));
  EXPECT_EQ(reasons_["fifo"], "it is a FIFO");
}

TEST_F(ScanFiles, TellsTheShardsOfAnIndex) {
  write("1.bin", twelve_floats_zip("N"));
  write("2.bin", torch_zip(pickle(global("posix", "system"))));
  write("beside.bin", kEvil);
  write("i.json", R"({"weight_map": {"b": "2.bin", "a": "1.bin", "c": "3.bin", "d": "1.bin"}})");
  EXPECT_THAT(scan(folder_ / "i.json"),
              ElementsAre("safe 1.bin", "refused 2.bin: code", "refused 3.bin: unreadable"));
  EXPECT_EQ(reasons_["2.bin"], "posix.system at byte 2");
  EXPECT_THAT(reasons_["3.bin"], HasSubstr("No such file"));
  write("inner/out.json", R"({"weight_map": {"a": "../1.bin"}})");
  EXPECT_THAT(scan(folder_ / "inner/out.json"), ElementsAre("refused inner/out.json: unreadable"));
  EXPECT_THAT(reasons_["inner/out.json"], HasSubstr("../1.bin"));
  write("cut.json", R"({"weight_map": {"a": "1.b)");
  EXPECT_THAT(scan(folder_ / "cut.json"), ElementsAre("refused cut.json: unreadable"));
  write("none.json", R"({"weight_map": {}})");
  EXPECT_THAT(scan(folder_ / "none.json"), ElementsAre("safe none.json"));
  fs::create_directory_symlink("..", folder_ / "inner/up");
  write("inner/link.json", R"({"weight_map": {"a": "up/1.bin"}})");
  EXPECT_THAT(scan(folder_ / "inner/link.json"), ElementsAre("refused inner/up/1.bin: unreadable"));
  // An index is no shard.
  write("loop.json", R"({"weight_map": {"a": "loop.json"}})");
  EXPECT_THAT(scan(folder_ / "loop.json"), ElementsAre("refused loop.json: unreadable"));
}

TEST_F(ScanFiles, TellsAllFilesOfAFolderInOrder) {
  write("f/b.pth", twelve_floats_zip(kWhole));
  write("f/a/deep/er/x.png", kEvil);
  write("f/.hidden/y", pickle(global("posix", "system")));
  write("f/README.md", "# A model\n");
  write("f/config.json", "{\"a\": 1}");
  write("f/c.zip", tests::build_zip({{.name = "1", .content = "x"},
                                     {.name = "2", .content = kEvil, .deflate = true}}));
  write("f/cut.pth", twelve_floats_zip(kWhole).substr(0, 50));
  write("f/empty", "");
  EXPECT_THAT(scan(folder_ / "f"), ElementsAre("refused f/.hidden/y: code", "skipped f/README.md",
                                               "refused f/a/deep/er/x.png: code", "safe f/b.pth",
                                               "refused f/c.zip: code", "skipped f/config.json",
                                               "refused f/cut.pth: unreadable", "skipped f/empty"));
  EXPECT_EQ(reasons_["f/README.md"], "it is a text file");
  fs::create_directory(folder_ / "nothing");
  EXPECT_THAT(scan(folder_ / "nothing"), ElementsAre());
}

TEST_F(ScanFiles, MissesNoShardOfAFoldersIndex) {
  write("f/1.bin", twelve_floats_zip("N"));
  write("f/i.json", R"({"weight_map": {"a": "1.bin", "b": "2.bin"}})");
  write("f/out.json", R"({"weight_map": {"a": "/etc/passwd"}})");
  EXPECT_THAT(scan(folder_ / "f"),
              ElementsAre("safe f/1.bin", "skipped f/i.json", "refused f/2.bin: unreadable",
                          "refused f/out.json: unreadable"));
}

TEST_F(ScanFiles, FollowsNoLinkOutOfTheFolder) {
  write("f/a.pth", twelve_floats_zip("N"));
  write("f/sub/b.pth", twelve_floats_zip("N"));
  write("fx/c.pth", kEvil);
  fs::create_symlink("a.pth", folder_ / "f/l1");
  fs::create_symlink("sub", folder_ / "f/l2");
  fs::create_symlink("nowhere", folder_ / "f/l3");
  fs::create_symlink("../fx/c.pth", folder_ / "f/l4");
  fs::create_symlink("../fx", folder_ / "f/l5");
  fs::create_symlink("..", folder_ / "f/l6");
  fs::create_symlink("l7", folder_ / "f/l7");
  fs::create_symlink(".", folder_ / "f/l8");
  fs::create_symlink("../a.pth", folder_ / "f/sub/l9");
  const std::vector<std::string> told = scan(folder_ / "f");
  EXPECT_THAT(told,
              ElementsAre("safe f/a.pth", "safe f/l1", "skipped f/l3", "refused f/l4: unreadable",
                          "refused f/l5: unreadable", "refused f/l6: unreadable", "skipped f/l7",
                          "safe f/sub/b.pth", "safe f/sub/l9"));
  // The user's own word for a place is followed.
  fs::create_symlink("f", folder_ / "g");
  EXPECT_EQ(scan(folder_ / "g").size(), told.size());
}

TEST_F(ScanFiles, SkipsWhatIsNoFileWithAWord) {
  write("f/z.pth", kEvil);
  ASSERT_EQ(::mkfifo((folder_ / "f/fifo").c_str(), 0600), 0);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = folder_ / "f/s";
  const bool fits = name.size() < sizeof address.sun_path;
  if (fits) std::memcpy(address.sun_path, name.c_str(), name.size());
  if (fits) {
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  fs::create_symlink("/dev/null", folder_ / "f/null");
  const std::vector<std::string> told = scan(folder_ / "f");
  EXPECT_EQ(told.size(), fits ? 4u : 3u);
  EXPECT_EQ(told.back(), "refused f/z.pth: code");
  EXPECT_EQ(reasons_["f/fifo"], "it is a FIFO");
  EXPECT_EQ(reasons_["f/null"], "it is a symbolic link to a device");
  if (fits) {
    EXPECT_EQ(reasons_["f/s"], "it is a socket");
  }
  ::close(socket);
}

TEST_F(ScanFiles, LosesOneFileToItsError) {
  write("f/a.pth", twelve_floats_zip("N"));
  write("f/b.pth", twelve_floats_zip("N"));
  write("f/c/d.pth", twelve_floats_zip("N"));
  fs::permissions(folder_ / "f/a.pth", fs::perms::none);
  fs::permissions(folder_ / "f/c", fs::perms::none);
  const std::vector<std::string> told = scan(folder_ / "f");
  fs::permissions(folder_ / "f/c", fs::perms::owner_all);
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  EXPECT_THAT(
      told, ElementsAre("refused f/a.pth: unreadable", "safe f/b.pth", "refused f/c: unreadable"));
  EXPECT_THAT(reasons_["f/c"], HasSubstr("cannot be listed"));
}

TEST_F(ScanFiles, EndsInFoldersThatAreTooDeep) {
  std::string path = "f";
  for (int i = 0; i < 250; ++i) path += "/d";
  write(path + "/x", kEvil);
  const std::vector<std::string> told = scan(folder_ / "f");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("unreadable"));
}

}  // namespace
}  // namespace torchhub::archive
