#include <torchhub/cache/detail/json_file.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/part_file.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <iterator>

namespace torchhub::cache::detail {

namespace json = boost::json;

std::optional<json::object> read_json_object(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  boost::system::error_code unreadable;
  json::value value = json::parse(text, unreadable);
  if (unreadable || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

void write_json_object(const std::filesystem::path& path, const json::object& object) {
  make_folders(path.parent_path());
  PartFile part(path, kDefaultLockPatience, Durability::process);
  const std::string text = json::serialize(object) + '\n';
  part.write_at(0, std::as_bytes(std::span(text)));
  part.publish();
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : "";
}

}  // namespace torchhub::cache::detail
