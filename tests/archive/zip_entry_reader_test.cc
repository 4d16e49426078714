#include <torchhub/archive/zip_entry_reader.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/zip_builder.h>

#include <gtest/gtest.h>

namespace torchhub::archive {
namespace {

std::string content_of(const std::string& zip, std::uint64_t max_bytes = 1 << 20) {
  const auto bytes = std::as_bytes(std::span(zip));
  const ZipDirectory directory = read_zip_directory(bytes).value();
  const std::vector<std::byte> content = read_entry(bytes, directory.entries.at(0), max_bytes);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

boost::system::error_code failure_of(const std::string& zip) {
  return tests::failure_of([&] { content_of(zip); }).code;
}

TEST(ZipEntryReader, ReadsStoredAndDeflatedBytes) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * i) + ' ';
  for (const std::string& content : {std::string(), std::string("x"), text}) {
    for (const bool deflate : {false, true}) {
      EXPECT_EQ(
          content_of(tests::build_zip({{.name = "a", .content = content, .deflate = deflate}})),
          content)
          << deflate;
    }
  }
}

TEST(ZipEntryReader, ReadsInPiecesOfAnySize) {
  const std::string zip = tests::build_zip(
      {{.name = "a", .content = std::string(10'000, 'x') + "end", .deflate = true}});
  const auto bytes = std::as_bytes(std::span(zip));
  const ZipDirectory directory = read_zip_directory(bytes).value();
  ZipEntryReader reader(bytes, directory.entries[0]);
  std::vector<std::byte> piece(7);
  std::string content;
  while (const std::size_t got = reader.read(piece))
    content.append(reinterpret_cast<const char*>(piece.data()), got);
  EXPECT_EQ(content, std::string(10'000, 'x') + "end");
}

TEST(ZipEntryReader, ChecksTheCrc) {
  for (const bool deflate : {false, true}) {
    EXPECT_EQ(failure_of(tests::build_zip(
                  {{.name = "a", .content = "abc", .deflate = deflate, .crc32 = 1}})),
              errc::crc_mismatch);
    // torch.save writes 0 where it was told not to compute it.
    EXPECT_EQ(content_of(tests::build_zip(
                  {{.name = "a", .content = "abc", .deflate = deflate, .crc32 = 0}})),
              "abc");
  }
}

TEST(ZipEntryReader, ProducesWhatTheDirectorySays) {
  const std::string content(1000, 'x');
  EXPECT_EQ(failure_of(tests::build_zip(
                {{.name = "a", .content = content, .deflate = true, .size = 999}})),
            errc::damaged_zip);
  EXPECT_EQ(failure_of(tests::build_zip(
                {{.name = "a", .content = content, .deflate = true, .size = 1001}})),
            errc::damaged_zip);
  EXPECT_EQ(failure_of(tests::build_zip({{.name = "a", .content = "\xFF\xFF\xFF", .method = 8}})),
            errc::damaged_zip);
}

TEST(ZipEntryReader, InflatesInProportion) {
  const auto zeros = [](std::size_t size) {
    return tests::build_zip({{.name = "a", .content = std::string(size, '\0'), .deflate = true}});
  };
  constexpr std::uint64_t kMost = 1 << 30;
  EXPECT_EQ(content_of(zeros(kInflatedFreely), kMost).size(), kInflatedFreely);
  EXPECT_EQ(tests::failure_of([&] { content_of(zeros(4 * kInflatedFreely), kMost); }).code,
            errc::limit_exceeded);
  EXPECT_EQ(inflated_bytes_allowed(10, 7), 647u);
  // What is stored is there already.
  const std::string stored(4 * kInflatedFreely, '\0');
  EXPECT_EQ(content_of(tests::build_zip({{.name = "a", .content = stored}}), kMost).size(),
            stored.size());
}

TEST(ZipEntryReader, KeepsTheLimit) {
  const std::string zip = tests::build_zip({{.name = "a", .content = "abcd"}});
  EXPECT_EQ(content_of(zip, 4), "abcd");
  EXPECT_EQ(tests::failure_of([&] { content_of(zip, 3); }).code, errc::limit_exceeded);
}

}  // namespace
}  // namespace torchhub::archive
