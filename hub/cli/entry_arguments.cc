#include <torchhub/hub/cli/entry_arguments.h>

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using boost::system::error_code;
using python::Argument;

// As deep as Python's own reader goes, about.
constexpr std::size_t kMaxDepth = 900;

Argument integer_of(const std::string& digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) return python::WideInteger{digits};
  return number;
}

double real_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc::result_out_of_range) return number;
  // As Python: what is too large is infinite, what is too small nothing.
  const std::size_t exponent = text.find_first_of("eE");
  const bool is_small = exponent != text.npos && text.find('-', exponent) != text.npos;
  const double magnitude = is_small ? 0.0 : std::numeric_limits<double>::infinity();
  return text.starts_with('-') ? -magnitude : magnitude;
}

// What Boost.JSON's parser tells, as an Argument. It is asked for the text of numbers: its own values
// end at 64 bits.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  Argument take() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return open({Argument::List(), std::nullopt, {}}); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_object_begin(error_code&) { return open({std::nullopt, Argument::Dict(), {}}); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(json::string_view part, std::size_t, error_code&) { return more(part); }
  bool on_key(json::string_view rest, std::size_t, error_code&) {
    open_.back().key = whole(rest);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) { return more(part); }
  bool on_string(json::string_view rest, std::size_t, error_code&) { return add(whole(rest)); }
  bool on_number_part(json::string_view part, error_code&) { return more(part); }
  bool on_int64(std::int64_t, json::string_view rest, error_code&) { return add_number(rest); }
  bool on_uint64(std::uint64_t, json::string_view rest, error_code&) { return add_number(rest); }
  bool on_double(double, json::string_view rest, error_code&) { return add_number(rest); }
  bool on_bool(bool value, error_code&) { return add(value); }
  bool on_null(error_code&) { return add(Argument()); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  // A list or a dict that has not ended.
  struct Open {
    std::optional<Argument::List> list;
    std::optional<Argument::Dict> dict;
    std::string key;  // of the dict's next value
  };

  bool open(Open container) {
    open_.push_back(std::move(container));
    return true;
  }

  bool close() {
    Open ended = std::move(open_.back());
    open_.pop_back();
    return add(ended.list ? Argument(std::move(*ended.list)) : Argument(std::move(*ended.dict)));
  }

  bool add(Argument value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& around = open_.back(); around.list) {
      around.list->push_back(std::move(value));
    } else {
      around.dict->emplace_back(std::move(around.key), std::move(value));
    }
    return true;
  }

  bool add_number(json::string_view rest) {
    const std::string text = whole(rest);
    const bool is_integer = text.find_first_of(".eE") == text.npos;
    return add(is_integer ? integer_of(text) : Argument(real_of(text)));
  }

  bool more(json::string_view part) {
    begun_.append(part.data(), part.size());
    return true;
  }

  std::string whole(json::string_view rest) {
    more(rest);
    return std::exchange(begun_, {});
  }

  Argument root_;
  std::vector<Open> open_;
  std::string begun_;  // of a text or a number that comes in parts
};

Argument parse_word(std::string_view word) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<Handler> parser(options);
  error_code error;
  const std::size_t end = parser.write_some(false, word.data(), word.size(), error);
  if (error || end != word.size() || !parser.done()) return Argument(word);
  return parser.handler().take();
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c & '\x80'; });
}

// Whether its ASCII characters are those of an identifier, if it has others.
bool may_be_identifier(std::string_view text) {
  const auto is_start = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c & '\x80';
  };
  return !text.empty() && is_start(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

// The name of a NAME=VALUE, as it stands there; "" for any other word.
std::string name_in(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == word.npos || !may_be_identifier(std::string_view(word).substr(0, equals)))
    return "";
  return word.substr(0, equals);
}

}  // namespace

bool needs_identifier(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return !is_ascii(name_in(word)); });
}

python::Arguments parse_entry_arguments(const std::vector<std::string>& words,
                                        const Identifier& identifier) {
  python::Arguments arguments;
  for (const std::string& word : words) {
    std::string name = name_in(word);
    const std::size_t equals = name.size();
    if (!is_ascii(name)) name = identifier ? identifier(name) : "";
    if (!name.empty()) {
      for (const auto& [given, value] : arguments.keywords())
        if (given == name) throw std::invalid_argument("the argument " + name + " is given twice");
      arguments.keyword(std::move(name), parse_word(std::string_view(word).substr(equals + 1)));
    } else if (!arguments.keywords().empty()) {
      throw std::invalid_argument("the argument " + word + " stands after a KEY=VALUE one");
    } else {
      arguments.positional(parse_word(word));
    }
  }
  return arguments;
}

}  // namespace torchhub::cli
