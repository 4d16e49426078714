#include <torchhub/hub/cli/entry_arguments.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using python::Argument;

Argument to_argument(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return Argument();
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::int64:
      return value.get_int64();
    case json::kind::uint64:
      throw std::invalid_argument("the number " + std::to_string(value.get_uint64()) +
                                  " is too large");
    case json::kind::double_:
      return value.get_double();
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::array: {
      Argument::List list;
      for (const json::value& item : value.get_array()) list.push_back(to_argument(item));
      return list;
    }
    case json::kind::object: {
      Argument::Dict dict;
      for (const auto& item : value.get_object())
        dict.emplace_back(std::string(item.key()), to_argument(item.value()));
      return dict;
    }
  }
  return Argument();
}

Argument parse_word(std::string_view word) {
  boost::system::error_code not_json;
  const json::value value = json::parse({word.data(), word.size()}, not_json);
  return not_json ? Argument(word) : to_argument(value);
}

bool is_identifier(std::string_view text) {
  const auto is_start = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_start(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

python::Arguments parse_entry_arguments(const std::vector<std::string>& words) {
  python::Arguments arguments;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals != word.npos && is_identifier(std::string_view(word).substr(0, equals))) {
      arguments.keyword(word.substr(0, equals),
                        parse_word(std::string_view(word).substr(equals + 1)));
    } else if (!arguments.keywords().empty()) {
      throw std::invalid_argument("the argument " + word + " stands after a KEY=VALUE one");
    } else {
      arguments.positional(parse_word(word));
    }
  }
  return arguments;
}

}  // namespace torchhub::cli
