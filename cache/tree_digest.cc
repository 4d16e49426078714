#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_digest.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/cache/tree_digest.h>

#include <map>
#include <span>
#include <vector>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCompiledFolder = "__pycache__";
constexpr const char* kCompiledSuffix = ".pyc";

std::string digest_of(std::string_view text) {
  Sha256 digest;
  digest.update(std::as_bytes(std::span(text)));
  return to_hex(digest.finish());
}

// What a line says of an entry after its path, "" for a folder.
std::string describe(const fs::directory_entry& entry) {
  constexpr char kEnd = '\0';
  switch (entry.symlink_status().type()) {
    case fs::file_type::directory:
      return "";
    case fs::file_type::symlink:
      return std::string("l") + kEnd + digest_of(fs::read_symlink(entry.path()).native());
    default:
      break;
  }
  const bool is_executable =
      (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
  return (is_executable ? "x" : "-") + std::string(1, kEnd) + file_digest(entry.path());
}

bool is_compiled(const fs::directory_entry& entry) {
  if (entry.path().filename() == kCompiledFolder) return true;
  return entry.path().native().ends_with(kCompiledSuffix) &&
         entry.symlink_status().type() != fs::file_type::directory;
}

}  // namespace

std::string tree_digest(const fs::path& folder) {
  std::map<std::string, std::string> lines;  // sorted by bytes
  try {
    for (auto entry = fs::recursive_directory_iterator(folder);
         entry != fs::recursive_directory_iterator(); ++entry) {
      if (is_compiled(*entry)) {
        entry.disable_recursion_pending();
        continue;
      }
      std::string line = describe(*entry);
      if (!line.empty())
        lines.emplace(entry->path().lexically_relative(folder).generic_string(), std::move(line));
    }
  } catch (const fs::filesystem_error& error) {
    detail::throw_errno(folder, "cannot be read", error.code().value());
  }
  std::string text;
  for (const auto& [path, line] : lines) text.append(path).append(1, '\0').append(line) += '\n';
  return digest_of(text);
}

void remove_compiled_python(const fs::path& folder) {
  try {
    std::vector<fs::path> found;
    for (auto entry = fs::recursive_directory_iterator(folder);
         entry != fs::recursive_directory_iterator(); ++entry) {
      if (!is_compiled(*entry)) continue;
      entry.disable_recursion_pending();
      found.push_back(entry->path());
    }
    for (const fs::path& path : found) fs::remove_all(path);
  } catch (const fs::filesystem_error& error) {
    detail::throw_errno(folder, "cannot be cleared of what Python compiled", error.code().value());
  }
}

}  // namespace torchhub::cache
