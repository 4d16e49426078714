#include <torchhub/hub/cli/entry_arguments.h>

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>

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

TEST(EntryArguments, AreIntegersOfAnySize) {
  const std::string long_one = "-1" + std::string(10'000, '7');
  for (const std::string& word :
       {std::string("9223372036854775808"), std::string("18446744073709551616"),
        std::string("-9223372036854775809"), long_one}) {
    EXPECT_EQ(std::get<python::WideInteger>(only(parse_entry_arguments({word}))).decimal, word);
    const python::Arguments inside = parse_entry_arguments({"{\"a\": [" + word + ", 1]}"});
    const Argument::List& list =
        std::get<Argument::List>(std::get<Argument::Dict>(only(inside))[0].second.value());
    EXPECT_EQ(std::get<python::WideInteger>(list[0].value()).decimal, word);
    EXPECT_EQ(std::get<std::int64_t>(list[1].value()), 1);
  }
  for (const std::int64_t number : {std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min(), std::int64_t{0}}) {
    const python::Arguments arguments = parse_entry_arguments({std::to_string(number)});
    EXPECT_EQ(std::get<std::int64_t>(only(arguments)), number);
  }
}

TEST(EntryArguments, AreNumbersAsPythonReadsThem) {
  const auto real = [](const char* word) {
    return std::get<double>(only(parse_entry_arguments({word})));
  };
  EXPECT_EQ(real("0.1"), 0.1);
  EXPECT_EQ(real("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(real("123456789012345678901234567890.5"), 123456789012345678901234567890.5);
  EXPECT_EQ(real("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(real("-1e400"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(real("-1e-400"), 0.0);
  EXPECT_EQ(real("1E5"), 100000.0);
}

TEST(EntryArguments, AreNestedDeeply) {
  const std::string deep = std::string(800, '[') + "\"a\\u00e9\"" + std::string(800, ']');
  const python::Arguments arguments = parse_entry_arguments({deep});
  const Argument* at = arguments.positional().data();
  while (const auto* list = std::get_if<Argument::List>(&at->value())) at = list->data();
  EXPECT_EQ(std::get<std::string>(at->value()), "a\xC3\xA9");
}

TEST(EntryArguments, AreStringsOtherwise) {
  for (const char* word : {"small", "True", "[1, 2] 3", "{}x", "01", "1.", "[1 2]", "NaN", "1.2.3",
                           "[1,", "a/b=c", "=x", "1a=2", "https://h/?a=b", ""}) {
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
  EXPECT_THROW(parse_entry_arguments({"a=1", "b=2", "a=1"}), std::invalid_argument);
}

// Which names beyond ASCII are identifiers, somebody else knows, and in which form.
TEST(EntryArguments, AskWhatAnIdentifierIs) {
  const std::string e = "\xC3\xA9";
  EXPECT_TRUE(needs_identifier({"1", e + "=3"}));
  EXPECT_TRUE(needs_identifier({"a" + e + "1=3"}));
  for (const std::string& word :
       {std::string("a=") + e, e, "{\"" + e + "=1", "1" + e + "=2", "a-" + e + "=1"})
    EXPECT_FALSE(needs_identifier({word})) << word;
  std::vector<std::string> asked;
  const Identifier identifier = [&](const std::string& name) {
    asked.push_back(name);
    return name == e ? "e" : "";
  };
  const std::vector<std::string> words = {"x" + e + "=1", "a=1", e + "=3"};
  const python::Arguments arguments = parse_entry_arguments(words, identifier);
  EXPECT_EQ(std::get<std::string>(only(parse_entry_arguments({words[0]}, identifier))), words[0]);
  ASSERT_EQ(arguments.keywords().size(), 2u);
  EXPECT_EQ(arguments.keywords()[1].first, "e");
  EXPECT_EQ(std::get<std::int64_t>(arguments.keywords()[1].second.value()), 3);
  EXPECT_EQ(asked.front(), "x" + e);
  // Two words may be one name.
  EXPECT_THROW(parse_entry_arguments({"e=1", e + "=3"}, identifier), std::invalid_argument);
  EXPECT_EQ(std::get<std::string>(only(parse_entry_arguments({e + "=3"}))), e + "=3");
}

}  // namespace
}  // namespace torchhub::cli
