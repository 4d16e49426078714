#include <torchhub/hub/cli/entry_arguments.h>

#include <gtest/gtest.h>

#include <stdexcept>

namespace torchhub::cli {
namespace {

using python::Argument;

const Argument::Variant& only(const python::Arguments& arguments) {
  return arguments.positional().at(0).value();
}

TEST(EntryArguments, AreJsonWhereTheyParseAsJson) {
  EXPECT_EQ(std::get<bool>(only(parse_entry_arguments({"true"}))), true);
  EXPECT_EQ(std::get<std::int64_t>(only(parse_entry_arguments({"3"}))), 3);
  EXPECT_EQ(std::get<double>(only(parse_entry_arguments({"-2.5e1"}))), -25.0);
  EXPECT_EQ(std::get<std::string>(only(parse_entry_arguments({"\"x\""}))), "x");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(only(parse_entry_arguments({"null"}))));
  const python::Arguments list = parse_entry_arguments({"[1, \"a\", [true]]"});
  EXPECT_EQ(std::get<Argument::List>(only(list)).size(), 3u);
  const python::Arguments dict = parse_entry_arguments({R"({"a": 1})"});
  EXPECT_EQ(std::get<Argument::Dict>(only(dict)).at(0).first, "a");
}

TEST(EntryArguments, AreStringsOtherwise) {
  for (const char* word :
       {"small", "True", "1.2.3", "[1,", "a/b=c", "=x", "1a=2", "https://h/?a=b", ""}) {
    const python::Arguments arguments = parse_entry_arguments({word});
    EXPECT_EQ(std::get<std::string>(only(arguments)), word);
  }
}

TEST(EntryArguments, HaveKeywords) {
  const python::Arguments arguments = parse_entry_arguments(
      {"1", "pretrained=true", "_size2=\"3\"", "url=https://h/?a=b", "empty="});
  EXPECT_EQ(arguments.positional().size(), 1u);
  ASSERT_EQ(arguments.keywords().size(), 4u);
  EXPECT_EQ(arguments.keywords()[0].first, "pretrained");
  EXPECT_EQ(std::get<bool>(arguments.keywords()[0].second.value()), true);
  EXPECT_EQ(std::get<std::string>(arguments.keywords()[1].second.value()), "3");
  EXPECT_EQ(std::get<std::string>(arguments.keywords()[2].second.value()), "https://h/?a=b");
  EXPECT_EQ(std::get<std::string>(arguments.keywords()[3].second.value()), "");
}

TEST(EntryArguments, KeepPythonsOrder) {
  EXPECT_THROW(parse_entry_arguments({"a=1", "2"}), std::invalid_argument);
  EXPECT_THROW(parse_entry_arguments({"18446744073709551615"}), std::invalid_argument);
}

}  // namespace
}  // namespace torchhub::cli
