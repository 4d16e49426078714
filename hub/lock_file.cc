#include <torchhub/cache/part_file.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/hub/lock_file.h>
#include <torchhub/net/url.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <span>

namespace torchhub {
namespace {

namespace json = boost::json;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kCommitDigits = 40;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// One pass over a document, which says where it finds something wrong.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(errc::bad_lock_file, path_.string() + ": " + what);
  }

  const json::object& object(const json::value* value, const std::string& name) const {
    if (!value || !value->is_object()) fail(name + " is not an object");
    return value->get_object();
  }

  std::string text(const json::object& object, const char* member, const std::string& name) const {
    const json::value* const value = object.if_contains(member);
    if (!value || !value->is_string()) fail(name + " has no \"" + member + "\"");
    return std::string(value->get_string());
  }

  std::string hex(const json::object& object, const char* member, const std::string& name,
                  std::size_t digits) const {
    std::string value = text(object, member, name);
    if (!is_hex(value, digits)) {
      fail("the \"" + std::string(member) + "\" of " + name + " is not " + std::to_string(digits) +
           " lower-case hexadecimal digits");
    }
    return value;
  }

 private:
  const std::filesystem::path& path_;
};

std::string quoted(const std::string& text) { return json::serialize(json::value(text)); }

template <class Pins, class Write>
std::string section(const char* name, const Pins& pins, Write write) {
  std::string text = "  " + quoted(name) + ": {";
  const char* separator = "\n";
  for (const auto& [key, pin] : pins) {
    text += separator + ("    " + quoted(key) + ": {") + write(pin) + "}";
    separator = ",\n";
  }
  return text + (pins.empty() ? "}" : "\n  }");
}

}  // namespace

const UrlPin* LockFile::find_url(std::string_view url) const {
  const auto found = urls.find(lock_key_of_url(url));
  return found == urls.end() ? nullptr : &found->second;
}

const RepositoryPin* LockFile::find_repository(const std::string& name) const {
  const auto found = repositories.find(name);
  return found == repositories.end() ? nullptr : &found->second;
}

std::string lock_key_of_url(std::string_view url) {
  const auto parsed = net::Url::parse(std::string(url));
  return parsed ? parsed->text() : net::redact_url(url);
}

LockFile parse_lock_file(std::string_view text, const std::filesystem::path& path) {
  const Reader reader(path);
  boost::system::error_code error;
  const json::value document = json::parse(text, error);
  if (error) reader.fail("not a lock file: not JSON");
  const json::object& top = reader.object(&document, "the document");
  const json::value* const version = top.if_contains("version");
  if (!version || !version->is_int64() || version->get_int64() != kVersion)
    reader.fail("not a lock file of version 1");
  LockFile result;
  for (const auto& [key, value] : reader.object(top.if_contains("repositories"), "repositories")) {
    const std::string name(key);
    const json::object& pin = reader.object(&value, name);
    result.repositories[name] = {reader.text(pin, "ref", name),
                                 reader.hex(pin, "commit", name, kCommitDigits),
                                 reader.hex(pin, "tree", name, kDigestDigits)};
  }
  for (const auto& [key, value] : reader.object(top.if_contains("urls"), "urls")) {
    const std::string name(key);
    const json::object& pin = reader.object(&value, name);
    const json::value* const size = pin.if_contains("size");
    if (!size || !size->is_int64() || size->get_int64() < 0) reader.fail(name + " has no \"size\"");
    result.urls[name] = {reader.hex(pin, "sha256", name, kDigestDigits),
                         static_cast<std::uint64_t>(size->get_int64())};
  }
  return result;
}

std::string serialize_lock_file(const LockFile& lock_file) {
  const auto repository = [](const RepositoryPin& pin) {
    return "\"ref\": " + quoted(pin.ref) + ", \"commit\": " + quoted(pin.commit) +
           ", \"tree\": " + quoted(pin.tree);
  };
  const auto url = [](const UrlPin& pin) {
    return "\"sha256\": " + quoted(pin.sha256) + ", \"size\": " + std::to_string(pin.size);
  };
  return "{\n  \"version\": " + std::to_string(kVersion) + ",\n" +
         section("repositories", lock_file.repositories, repository) + ",\n" +
         section("urls", lock_file.urls, url) + "\n}\n";
}

LockFile read_lock_file(const std::filesystem::path& path) {
  const auto fail = [&path](int error) {
    const boost::system::error_code code(error ? error : EIO, boost::system::system_category());
    throw Error(code, path.string() + ": this lock file cannot be read: " + code.message());
  };
  // A FIFO would be waited for, and a folder has no bytes.
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) fail(errno);
  if (S_ISDIR(status.st_mode)) fail(EISDIR);
  if (!S_ISREG(status.st_mode))
    throw Error(errc::bad_lock_file, path.string() + ": not a lock file: no regular file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) fail(errno);
  return parse_lock_file(text, path);
}

void write_lock_file(const std::filesystem::path& path, const LockFile& lock_file, bool force) {
  if (!force) cache::require_writable(path);
  cache::PartFile part(path);
  const std::string text = serialize_lock_file(lock_file);
  part.write_at(0, std::as_bytes(std::span(text)));
  part.publish();
}

}  // namespace torchhub
