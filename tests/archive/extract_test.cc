#include <torchhub/archive/extract.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace torchhub::archive {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::build_zip;

class ExtractTest : public testing::Test {
 protected:
  Extracted extract(const std::string& zip, const ExtractOptions& limits = ExtractOptions()) {
    return extract_zip(std::as_bytes(std::span(zip)), folder_ / "out", limits);
  }

  // The failure of an extraction that must leave nothing, in the folder or beside it.
  tests::Failure refused(const std::string& zip, const ExtractOptions& limits = ExtractOptions()) {
    const tests::Failure failure = tests::failure_of([&] { extract(zip, limits); });
    EXPECT_TRUE(fs::is_empty(folder_.path())) << failure.sentence;
    return failure;
  }

  tests::TempFolder folder_;
};

TEST_F(ExtractTest, WritesFilesAndFolders) {
  const Extracted extracted = extract(
      build_zip({{.name = "top/", .unix_mode = 040755},
                 {.name = "top/a.py", .content = "print(1)\n"},
                 {.name = "top/deep/er/b", .content = std::string(100'000, 'b'), .deflate = true},
                 {.name = "top/empty/", .unix_mode = 040755}},
                "67754382b5294d31e63f6ae58405a30a5580810f"));
  EXPECT_EQ(extracted.files, 2u);
  EXPECT_EQ(extracted.bytes, 100'009u);
  EXPECT_EQ(extracted.comment, "67754382b5294d31e63f6ae58405a30a5580810f");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/a.py"), "print(1)\n");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/deep/er/b"), std::string(100'000, 'b'));
  EXPECT_TRUE(fs::is_directory(folder_ / "out/top/empty"));
}

TEST_F(ExtractTest, KeepsTheExecuteBitAndNoOther) {
  const mode_t before = umask(022);
  extract(build_zip({{.name = "run", .content = "x", .unix_mode = 0106777},
                     {.name = "read", .content = "x", .unix_mode = 0100600}}));
  umask(before);
  struct stat status;
  ASSERT_EQ(stat((folder_ / "out/run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  ASSERT_EQ(stat((folder_ / "out/read").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644u);
}

TEST_F(ExtractTest, MakesLinksThatStayInside) {
  extract(build_zip({{.name = "top/a", .content = "abc"},
                     {.name = "top/sub/link", .content = "../a", .unix_mode = 0120777},
                     {.name = "top/folder", .content = "sub", .unix_mode = 0120777}}));
  EXPECT_EQ(tests::read_file(folder_ / "out/top/sub/link"), "abc");
  EXPECT_TRUE(fs::is_symlink(folder_ / "out/top/folder"));
}

TEST_F(ExtractTest, WritesLinksThatLeadOutAsText) {
  for (const std::string& target :
       {std::string("/etc/passwd"), std::string("../../a"), std::string("../.."),
        std::string("x/../../../a"), std::string(), std::string("../../out/../../etc"),
        std::string("a\0b", 3), std::string(5000, 'a')}) {
    const Extracted extracted =
        extract(build_zip({{.name = "top/a", .content = "abc"},
                           {.name = "top/link", .content = target, .unix_mode = 0120777}}));
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder_ / "out/top/link"))) << target;
    EXPECT_EQ(tests::read_file(folder_ / "out/top/link"), target);
    ASSERT_EQ(extracted.links_as_text.size(), 1u) << target;
    EXPECT_EQ(extracted.links_as_text[0].first, "top/link");
    fs::remove_all(folder_ / "out");
  }
}

TEST_F(ExtractTest, KeepsLinksInWhatIsLeftWithoutTheTopFolders) {
  const std::string zip =
      build_zip({{.name = "top/a", .content = "abc"},
                 {.name = "top/in/side", .content = "../a", .unix_mode = 0120777},
                 {.name = "top/beside", .content = "../beside/a", .unix_mode = 0120777},
                 {.name = "top/again", .content = "../top/a", .unix_mode = 0120777},
                 {.name = "link", .content = "top", .unix_mode = 0120777}});
  const Extracted extracted = extract(zip, ExtractOptions().top_folders(1));
  EXPECT_TRUE(fs::is_symlink(folder_ / "out/top/in/side"));
  EXPECT_EQ(tests::read_file(folder_ / "out/top/beside"), "../beside/a");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/again"), "../top/a");
  EXPECT_EQ(tests::read_file(folder_ / "out/link"), "top");
  EXPECT_EQ(extracted.links_as_text.size(), 3u);
  fs::remove_all(folder_ / "out");
  EXPECT_TRUE(extract(zip).links_as_text.empty());
}

TEST_F(ExtractTest, ReadsNamesThatAreNotUtf8AsPythonsZipfileDoes) {
  // "résumé" in Latin-1, "中文" in GBK, and "表" in Shift-JIS, whose second byte is a backslash; what
  // bytes.decode("cp437") makes of them. UTF-8 stays what it is.
  extract(build_zip({{.name = "top/r\xE9sum\xE9.txt", .content = "latin1"},
                     {.name = "top/\xD6\xD0\xCE\xC4/a", .content = "gbk"},
                     {.name = "top/\x95\x5C", .content = "shift-jis"},
                     {.name = "top/\xC3\xA9", .content = "utf8"},
                     {.name = "top/\xFFlink", .content = "\xC3\xA9", .unix_mode = 0120777}}));
  EXPECT_EQ(tests::read_file(folder_ / "out/top/r\u0398sum\u0398.txt"), "latin1");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/\u2553\u2568\u256C\u2500/a"), "gbk");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/\u00F2\\"), "shift-jis");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/\u00E9"), "utf8");
  EXPECT_EQ(tests::read_file(folder_ / "out/top/\u00A0link"), "utf8");
}

TEST_F(ExtractTest, WritesNamesThatAreOddAndHarmlessOnLinux) {
  // systemd's units, macOS's icons, what an editor's slip left; UTF-8's own C1 and bidirectional characters.
  for (const std::string name : {"x\\x2dy.swap", "Icon\r", "a\tb", "a\nb", "a\x1B[2Jb", "a\x7F",
                                 "C:\\a", "c:a", "\\", "\xC2\x9B", "\xE2\x80\xAE", "..\\..\\a"}) {
    SCOPED_TRACE(name);
    extract(build_zip({{.name = "top/" + name, .content = "abc"},
                       {.name = "top/in " + name + "/b", .content = "def"},
                       {.name = "top/to " + name, .content = name, .unix_mode = 0120777}}));
    EXPECT_EQ(tests::read_file(folder_ / "out/top" / name), "abc");
    EXPECT_EQ(tests::read_file(folder_ / "out/top/in " += name + "/b"), "def");
    EXPECT_EQ(tests::read_file(folder_ / "out/top/to " += name), "abc");
    fs::remove_all(folder_ / "out");
  }
  // A checkpoint's names stay those that mean the same everywhere.
  const std::string checkpoint = build_zip({{.name = "a\\b", .content = "x"}});
  EXPECT_EQ(read_zip_directory(std::as_bytes(std::span(checkpoint))).error().code,
            errc::unsafe_name);
}

TEST_F(ExtractTest, RefusesNamesThatSayTheyAreUtf8AndAreNot) {
  constexpr std::uint16_t kSaysUtf8 = 1u << 11;
  EXPECT_EQ(refused(build_zip({{.name = "r\xE9sum\xE9", .flags = kSaysUtf8}})).code,
            errc::unsafe_name);
  // Nor does another encoding make a way out of a name.
  for (const char* name : {"top/\xE9/../../x", "/\xE9", "\xE9/./x"})
    EXPECT_EQ(refused(build_zip({{.name = name, .content = "x"}})).code, errc::unsafe_name) << name;
}

TEST_F(ExtractTest, RefusesTwoNamesThatBecomeOne) {
  EXPECT_EQ(refused(build_zip({{.name = "\x82"}, {.name = "\xC3\xA9"}})).code,
            boost::system::errc::file_exists);
}

TEST_F(ExtractTest, NeverWritesThroughALink) {
  // The folder "top/l" would be a link by the time its file is written.
  const tests::Failure through = tests::failure_of([&] {
    extract(build_zip({{.name = "top/l", .content = "..", .unix_mode = 0120777},
                       {.name = "top/l/a", .content = "abc"}}));
  });
  EXPECT_EQ(through.code, boost::system::errc::file_exists);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  // A link below a link: its own depth would not be what its name says.
  const tests::Failure below =
      refused(build_zip({{.name = "d/e/f", .content = "../..", .unix_mode = 0120777},
                         {.name = "d/e/f/g", .content = "../../../x", .unix_mode = 0120777}}));
  EXPECT_EQ(below.code, boost::system::errc::file_exists);
}

TEST_F(ExtractTest, RefusesNamesThatLeadOut) {
  for (const char* name : {"../a", "/tmp/a", "top/../../a", "top/\\/../../a"}) {
    EXPECT_EQ(
        refused(build_zip({{.name = "good", .content = "x"}, {.name = name, .content = "x"}})).code,
        errc::unsafe_name)
        << name;
  }
}

TEST_F(ExtractTest, RefusesAFileThatIsAlsoAFolder) {
  const tests::Failure failure =
      refused(build_zip({{.name = "a", .content = "x"}, {.name = "a/b", .content = "x"}}));
  EXPECT_TRUE(failure.code.failed()) << failure.sentence;
}

TEST_F(ExtractTest, LeavesNothingOfADamagedArchive) {
  EXPECT_EQ(refused(build_zip({{.name = "a", .content = "good"},
                               {.name = "b", .content = "bad", .crc32 = 1}}))
                .code,
            errc::crc_mismatch);
  EXPECT_EQ(refused("<html>rate limit</html>").code, errc::not_a_zip);
}

TEST_F(ExtractTest, KeepsItsLimits) {
  const std::string two =
      build_zip({{.name = "a", .content = "12345"}, {.name = "b", .content = "12345"}});
  EXPECT_EQ(refused(two, ExtractOptions().max_entries(1)).code, errc::limit_exceeded);
  EXPECT_EQ(refused(two, ExtractOptions().max_bytes(9)).code, errc::limit_exceeded);
  extract(two, ExtractOptions().max_entries(2).max_bytes(10));
}

TEST_F(ExtractTest, EndsABombEarly) {
  const std::string bomb = build_zip(
      {{.name = "zeros", .content = std::string(std::size_t{65} << 20, '\0'), .deflate = true}});
  ASSERT_LT(bomb.size(), 100'000u);
  const tests::Failure failure = refused(bomb);
  EXPECT_EQ(failure.code, errc::limit_exceeded);
  EXPECT_THAT(failure.sentence, HasSubstr("200-fold"));
  // One that says it is small, and is not.
  const std::string liar = build_zip({{.name = "zeros",
                                       .content = std::string(std::size_t{65} << 20, '\0'),
                                       .deflate = true,
                                       .size = 10}});
  EXPECT_EQ(refused(liar).code, errc::damaged_zip);
}

TEST_F(ExtractTest, WantsAFreshFolder) {
  fs::create_directory(folder_ / "out");
  const tests::Failure failure =
      tests::failure_of([&] { extract(build_zip({{.name = "a", .content = "x"}})); });
  EXPECT_EQ(failure.code, boost::system::errc::file_exists);
  EXPECT_TRUE(fs::is_directory(folder_ / "out"));
}

}  // namespace
}  // namespace torchhub::archive
