#include <torchhub/cache/folder.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/hub/detail/repository_record.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace torchhub::detail {
namespace {

namespace json = boost::json;

constexpr std::size_t kCommitDigits = 40;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  cache::make_folders(path.parent_path());
  cache::PartFile part(path);
  part.write_at(0, std::as_bytes(std::span(text)));
  part.publish();
}

bool is_commit(const std::string& text) {
  return text.size() == kCommitDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

std::string read_commit(const cache::TorchPaths& paths, const cache::RepositoryKey& key) {
  boost::system::error_code unreadable;
  const json::value record = json::parse(read_text(paths.repository_record(key)), unreadable);
  const json::value* const commit =
      !unreadable && record.is_object() ? record.as_object().if_contains("commit") : nullptr;
  return commit && commit->is_string() ? std::string(commit->as_string()) : "";
}

std::string write_commit(const cache::TorchPaths& paths, const cache::RepositoryKey& key,
                         const std::string& commit) {
  std::string known = is_commit(commit) ? commit : "";
  const json::object record{
      {"owner", key.owner}, {"name", key.name}, {"ref", key.ref}, {"commit", known}};
  write_text(paths.repository_record(key), json::serialize(record) + '\n');
  return known;
}

std::string read_default_ref(const cache::TorchPaths& paths, const std::string& owner,
                             const std::string& name) {
  std::string text = read_text(paths.default_ref(owner, name));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void write_default_ref(const cache::TorchPaths& paths, const cache::RepositoryKey& key) {
  write_text(paths.default_ref(key.owner, key.name), key.ref + '\n');
}

}  // namespace torchhub::detail
