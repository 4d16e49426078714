#include <torchhub/hub/cli/fetch_arguments.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace torchhub::cli {
namespace {

using Lines = std::vector<std::string>;

// The headers as "NAME=VALUE".
Lines headers(const std::vector<std::string>& arguments, const std::string& standard_input = "") {
  std::istringstream input(standard_input);
  Lines lines;
  for (const net::Header& header : headers_of(arguments, input))
    lines.push_back(header.name + '=' + header.value);
  return lines;
}

// The sentence of the refusal, "" where there was none.
std::string refusal(const std::vector<std::string>& arguments,
                    const std::string& standard_input = "") {
  try {
    headers(arguments, standard_input);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(FetchArguments, HaveHeadersAsTheyAreWritten) {
  EXPECT_EQ(headers({"A: b: c", "X:\t y", "Empty:"}), Lines({"A=b: c", "X=y", "Empty="}));
  EXPECT_EQ(headers({}), Lines());
}

TEST(FetchArguments, HaveHeadersFromAFile) {
  const tests::TempFolder folder;
  tests::write_file(folder / "headers", "A: 1\r\n\nB: 2\nC: 3");
  const std::string file = '@' + (folder / "headers").string();
  EXPECT_EQ(headers({"X: 0", file, "Y: 9"}), Lines({"X=0", "A=1", "B=2", "C=3", "Y=9"}));
  EXPECT_THAT(refusal({'@' + (folder / "none").string()}), testing::HasSubstr("none"));
  EXPECT_THAT(refusal({'@' + folder.path().string()}), testing::HasSubstr("cannot be read"));
  EXPECT_NE(refusal({"@"}), "");
}

TEST(FetchArguments, HaveHeadersFromStandardInput) {
  EXPECT_EQ(headers({"X: 0", "@-"}, "A: 1\nB: 2\n"), Lines({"X=0", "A=1", "B=2"}));
  EXPECT_EQ(headers({"@-"}, ""), Lines());
}

TEST(FetchArguments, ShowNothingOfAHeaderThatIsNone) {
  const tests::TempFolder folder;
  tests::write_file(folder / "headers", "A: 1\nBearer s3cret\n");
  EXPECT_THAT(refusal({"A: 1", "Bearer s3cret"}), testing::HasSubstr("number 2"));
  for (const std::string& sentence :
       {refusal({"Bearer s3cret"}), refusal({": s3cret"}), refusal({"@-"}, "s3cret"),
        refusal({'@' + (folder / "headers").string()})}) {
    EXPECT_THAT(sentence, testing::HasSubstr("NAME: VALUE"));
    EXPECT_THAT(sentence, testing::Not(testing::HasSubstr("s3cret")));
  }
  EXPECT_THAT(refusal({'@' + (folder / "headers").string()}), testing::HasSubstr("line 2"));
}

TEST(FetchArguments, HaveNoLimitWhereItIsZero) {
  EXPECT_EQ(limit_of(5), 5u);
  EXPECT_EQ(limit_of(0), ~std::uint64_t{0});
}

}  // namespace
}  // namespace torchhub::cli
