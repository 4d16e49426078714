#include <torchhub/archive/zip_directory.h>
#include <torchhub/tests/support/zip_builder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;
using tests::build_zip;

Parsed<ZipDirectory> read(const std::string& zip) {
  return read_zip_directory(std::as_bytes(std::span(zip)));
}

Flaw flaw_of(const std::string& zip) {
  const Parsed<ZipDirectory> directory = read(zip);
  return directory ? Flaw{errc{}, 0, "(no flaw)"} : directory.error();
}

TEST(ZipDirectory, ListsTheEntries) {
  const std::string zip =
      build_zip({{.name = "top/", .unix_mode = 040755},
                 {.name = "top/stored", .content = "abc"},
                 {.name = "top/deflated",
                  .content = std::string(100, 'x'),
                  .deflate = true,
                  .unix_mode = 0100755},
                 {.name = "top/link", .content = "stored", .unix_mode = 0120777}},
                "a comment");
  const ZipDirectory directory = read(zip).value();
  EXPECT_EQ(directory.comment, "a comment");
  ASSERT_EQ(directory.entries.size(), 4u);
  EXPECT_EQ(directory.entries[0].kind, ZipEntry::Kind::folder);
  EXPECT_EQ(directory.entries[1].name, "top/stored");
  EXPECT_EQ(directory.entries[1].size, 3u);
  EXPECT_EQ(zip.substr(directory.entries[1].data_offset, 3), "abc");
  EXPECT_FALSE(directory.entries[1].executable);
  EXPECT_TRUE(directory.entries[2].deflated);
  EXPECT_TRUE(directory.entries[2].executable);
  EXPECT_EQ(directory.entries[3].kind, ZipEntry::Kind::symbolic_link);
}

TEST(ZipDirectory, MayBeEmpty) { EXPECT_TRUE(read(build_zip({})).value().entries.empty()); }

TEST(ZipDirectory, IsNotFoundInOtherFiles) {
  for (const std::string& text : {std::string(), std::string("PK\x03\x04"), std::string(1000, 'x'),
                                  std::string("<html>a page</html>")}) {
    EXPECT_EQ(flaw_of(text).code, errc::not_a_zip) << text;
  }
}

TEST(ZipDirectory, IsNotFoundInACutOne) {
  const std::string zip = build_zip({{.name = "a", .content = "abc"}});
  for (std::size_t size = 0; size < zip.size(); ++size)
    EXPECT_EQ(flaw_of(zip.substr(0, size)).code, errc::not_a_zip) << size;
}

TEST(ZipDirectory, AllowsNothingAroundIt) {
  const std::string zip = build_zip({{.name = "a", .content = "abc"}});
  EXPECT_EQ(flaw_of(zip + "x").code, errc::not_a_zip);
  EXPECT_EQ(flaw_of("x" + zip).code, errc::not_a_zip);
}

TEST(ZipDirectory, HasOneReading) {
  // An archive whose comment is another archive: which one a reader finds depends on where it
  // starts.
  const std::string inner = build_zip({{.name = "b", .content = "evil"}});
  const std::string outer = build_zip({{.name = "a", .content = "good"}}, inner);
  EXPECT_EQ(flaw_of(outer).code, errc::not_a_zip);
  EXPECT_EQ(flaw_of(build_zip({{.name = "a", .content = "1"}, {.name = "a", .content = "2"}})).code,
            errc::damaged_zip);
  EXPECT_EQ(flaw_of(build_zip({{.name = "a", .content = "1", .local_name = "b"}})).code,
            errc::damaged_zip);
}

TEST(ZipDirectory, RefusesUnsafeNames) {
  for (const char* name : {"../a", "/a", "a/../../b", "C:a", "a\\b", "a//b"}) {
    const Flaw flaw = flaw_of(build_zip({{.name = name, .content = "x"}}));
    EXPECT_EQ(flaw.code, errc::unsafe_name) << name;
    EXPECT_THAT(flaw.what, HasSubstr(name));
  }
}

TEST(ZipDirectory, RefusesWhatItCannotRead) {
  EXPECT_EQ(flaw_of(build_zip({{.name = "a", .content = "x", .flags = 1}})).code,
            errc::unsupported_entry);
  const Flaw flaw = flaw_of(build_zip({{.name = "a", .content = "x", .method = 12}}));
  EXPECT_EQ(flaw.code, errc::unsupported_entry);
  EXPECT_THAT(flaw.what, HasSubstr("method 12"));
  EXPECT_EQ(flaw_of(build_zip({{.name = "a", .unix_mode = 0020666}})).code,
            errc::unsupported_entry);
}

TEST(ZipDirectory, RefusesEntriesThatShareBytes) {
  const std::string zip = build_zip(
      {{.name = "a", .content = "1234567890"}, {.name = "a", .content = "", .header_offset = 0}});
  EXPECT_EQ(flaw_of(zip).code, errc::damaged_zip);
  const std::string nested =
      build_zip({{.name = "a", .content = build_zip({{.name = "b", .content = "x"}})},
                 {.name = "b", .content = "x", .header_offset = 31}});
  EXPECT_THAT(flaw_of(nested).what, HasSubstr("overlap"));
}

TEST(ZipDirectory, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(flaw_of(build_zip({{.name = "a", .content = "x", .size = 2}})).code, errc::damaged_zip);
  EXPECT_EQ(flaw_of(build_zip({{.name = "a", .content = "x", .header_offset = 1000}})).code,
            errc::damaged_zip);
  EXPECT_EQ(flaw_of(build_zip({{.name = "a/", .content = "x", .unix_mode = 040755}})).code,
            errc::damaged_zip);
}

TEST(ZipDirectory, SurvivesAnyFlippedByte) {
  const std::string zip = build_zip({{.name = "top/"},
                                     {.name = "top/a", .content = "abc"},
                                     {.name = "top/b", .content = "abc", .deflate = true}},
                                    "c");
  for (std::size_t i = 0; i < zip.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string broken = zip;
      broken[i] = static_cast<char>(broken[i] ^ flip);
      const Parsed<ZipDirectory> directory = read(broken);
      if (!directory) continue;
      for (const ZipEntry& entry : directory->entries)
        EXPECT_LE(entry.data_offset + entry.compressed_size, broken.size()) << i;
    }
  }
}

}  // namespace
}  // namespace torchhub::archive
