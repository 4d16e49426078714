#include <torchhub/archive/long_integer.h>
#include <torchhub/hub/cli/json_number.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/value_json.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <string>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using archive::Value;

constexpr std::size_t kMaxDepth = 64;
// Values may hold each other: what is a small file could print without end.
constexpr std::size_t kMaxValues = 1'000'000;

class Writer {
 public:
  json::value write(Value value, std::size_t depth) {
    if (depth > kMaxDepth || ++written_ > kMaxValues) return "...";
    switch (value.kind()) {
      case Value::Kind::boolean:
        return value.boolean();
      case Value::Kind::integer:
        return value.integer();
      case Value::Kind::real:
        return json_number(value.real());
      case Value::Kind::complex:
        return json::array{json_number(value.complex().real()),
                           json_number(value.complex().imag())};
      case Value::Kind::string:
      case Value::Kind::named:
        return json::string(value.string());
      case Value::Kind::bytes:
        return json::string(ascii_text(value.string()));
      case Value::Kind::long_integer:
        // JSON's readers have no numbers that large.
        return json::string(archive::integer_text(value.string()));
      case Value::Kind::array:
        return json::object{
            {"array", archive::name_of(value.array().dtype)},
            {"shape", json::array(value.array().shape.begin(), value.array().shape.end())}};
      case Value::Kind::list:
      case Value::Kind::tuple:
      case Value::Kind::set: {
        json::array array;
        for (const Value item : value.items()) array.push_back(write(item, depth + 1));
        return array;
      }
      case Value::Kind::dict:
        return write_dict(value, depth);
      case Value::Kind::object: {
        json::object object{{"class", value.string()}};
        json::array arguments;
        for (const Value item : value.items()) arguments.push_back(write(item, depth + 1));
        if (!arguments.empty()) object["arguments"] = std::move(arguments);
        if (value.state().kind() != Value::Kind::none)
          object["state"] = write(value.state(), depth + 1);
        return object;
      }
      case Value::Kind::none:
      case Value::Kind::tensor:
      case Value::Kind::storage:
        break;
    }
    return nullptr;
  }

 private:
  json::object write_dict(Value value, std::size_t depth) {
    json::object object;
    for (const auto& [key, item] : value.entries()) {
      if (item.kind() == Value::Kind::tensor || item.kind() == Value::Kind::storage) continue;
      const json::value name = write(key, depth + 1);
      object[name.is_string() ? std::string(name.as_string()) : json::serialize(name)] =
          write(item, depth + 1);
    }
    return object;
  }

  std::size_t written_ = 0;
};

}  // namespace

json::object values_json(Value root) {
  json::value values = Writer().write(root, 0);
  if (values.is_object()) return std::move(values.as_object());
  json::object object;
  if (!values.is_array()) return object;
  for (std::size_t i = 0; i < root.items().size() && i < values.as_array().size(); ++i) {
    if (root.items()[i].kind() != Value::Kind::tensor)
      object[std::to_string(i)] = values.as_array()[i];
  }
  return object;
}

}  // namespace torchhub::cli
