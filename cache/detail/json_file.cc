#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/json_file.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/part_file.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace torchhub::cache::detail {

namespace json = boost::json;

namespace {

// A note has a few hundred.
constexpr off_t kMostBytes = off_t{1} << 20;

}  // namespace

std::optional<json::object> read_json_object(const std::filesystem::path& path,
                                             std::optional<uid_t> writer) {
  if (foreign_link(path.parent_path())) return std::nullopt;
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status;
  if (!file || fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kMostBytes)
    return std::nullopt;
  if (!is_own_or_roots(status.st_uid) && status.st_uid != writer) return std::nullopt;
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  if (::read(file.descriptor(), text.data(), text.size()) != status.st_size) return std::nullopt;
  boost::system::error_code unreadable;
  json::value value = json::parse(text, unreadable);
  if (unreadable || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

void write_json_object(const std::filesystem::path& path, const json::object& object) {
  make_folders(path.parent_path());
  // A link at a note's name is nobody's wish: it is replaced and not followed.
  std::error_code kept;
  if (std::filesystem::is_symlink(path, kept)) std::filesystem::remove(path, kept);
  PartFile part(path, kDefaultLockPatience, Durability::process);
  const std::string text = json::serialize(object) + '\n';
  part.write_at(0, std::as_bytes(std::span(text)));
  part.publish();
}

void touch_note(const std::filesystem::path& path) {
  // What else has such a name may be a link that others made, to a file whose times mean something.
  if (!foreign_link(path.parent_path()) && is_own_or_absent(path))
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : "";
}

}  // namespace torchhub::cache::detail
