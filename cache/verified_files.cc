#include <torchhub/cache/detail/json_file.h>
#include <torchhub/cache/error.h>
#include <torchhub/cache/file_digest.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/cache/verified_files.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <span>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::chrono::system_clock::time_point time_of(const timespec& time) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

// What a change of the file changes. The device is left out: it is another one after a reboot on some
// file systems.
struct Identity {
  std::int64_t inode = 0;
  std::int64_t bytes = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  std::int64_t changed_seconds = 0;
  std::int64_t changed_nanoseconds = 0;

  bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity_of(const fs::path& file) {
  struct stat status;
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return Identity{static_cast<std::int64_t>(status.st_ino),
                  status.st_size,
                  status.st_mtim.tv_sec,
                  status.st_mtim.tv_nsec,
                  status.st_ctim.tv_sec,
                  status.st_ctim.tv_nsec};
}

std::int64_t number(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value && value->is_int64() ? value->as_int64() : -1;
}

Identity identity_in(const json::object& stamp) {
  return {number(stamp, "inode"),    number(stamp, "bytes"), number(stamp, "mtime"),
          number(stamp, "mtime_ns"), number(stamp, "ctime"), number(stamp, "ctime_ns")};
}

// Whether that could be written.
bool write_stamp(const fs::path& path, const Identity& identity, const std::string& sha256,
                 const std::string& url) {
  const auto known = detail::read_json_object(path);
  // Another content came from who knows where.
  const bool keeps_url = url.empty() && known && detail::text_member(*known, "sha256") == sha256;
  try {
    detail::write_json_object(path, {{"sha256", sha256},
                                     {"url", keeps_url ? detail::text_member(*known, "url") : url},
                                     {"inode", identity.inode},
                                     {"bytes", identity.bytes},
                                     {"mtime", identity.seconds},
                                     {"mtime_ns", identity.nanoseconds},
                                     {"ctime", identity.changed_seconds},
                                     {"ctime_ns", identity.changed_nanoseconds}});
  } catch (const Error&) {
    return false;
  }
  return true;
}

}  // namespace

// A path may be longer than a name, and hold any byte.
fs::path VerifiedFiles::stamp_path(const fs::path& file) const {
  std::error_code unknown;
  fs::path whole = fs::canonical(file.parent_path().empty() ? "." : file.parent_path(), unknown);
  whole /= file.filename();
  Sha256 digest;
  digest.update(std::as_bytes(std::span(whole.native())));
  return folder_ / (to_hex(digest.finish()).substr(0, 32) + ".json");
}

std::optional<FileStamp> VerifiedFiles::find(const fs::path& file) const {
  const fs::path path = stamp_path(file);
  const auto object = detail::read_json_object(path);
  if (!object) return std::nullopt;
  FileStamp stamp;
  stamp.sha256 = detail::text_member(*object, "sha256");
  stamp.url = detail::text_member(*object, "url");
  stamp.is_current = identity_of(file) == identity_in(*object);
  struct stat status;
  if (::lstat(path.c_str(), &status) == 0) stamp.used = time_of(status.st_mtim);
  return stamp;
}

std::string VerifiedFiles::digest_of(const fs::path& file) const {
  const std::optional<FileStamp> known = find(file);
  if (known && known->is_current && !known->sha256.empty()) return known->sha256;
  const std::optional<Identity> before = identity_of(file);
  std::string digest = file_digest(file);
  // A file that changed under the reader's hands has no digest that would hold.
  if (before && before == identity_of(file)) write_stamp(stamp_path(file), *before, digest, "");
  return digest;
}

bool VerifiedFiles::remember(const fs::path& file, const std::string& sha256,
                             const std::string& url) const {
  const std::optional<Identity> identity = identity_of(file);
  return identity && write_stamp(stamp_path(file), *identity, sha256, url);
}

void VerifiedFiles::note_use(const fs::path& file) const { detail::touch_note(stamp_path(file)); }

void VerifiedFiles::forget(const fs::path& file) const {
  if (!foreign_link(folder_)) ::unlink(stamp_path(file).c_str());
}

}  // namespace torchhub::cache
