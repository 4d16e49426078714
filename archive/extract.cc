#include <torchhub/archive/extract.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr std::uint64_t kMaxLinkTargetBytes = 4096;
constexpr std::uint64_t kRatioMattersAbove = std::uint64_t{64} << 20;

[[noreturn]] void throw_errno(const std::filesystem::path& path, std::string_view what, int error) {
  const boost::system::error_code code(error, boost::system::system_category());
  throw Error(code, path.string() + ": " + std::string(what) + ": " + code.message());
}

class OutputFile {
 public:
  OutputFile(const std::filesystem::path& path, bool executable)
      : path_(path),
        descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           executable ? 0777 : 0666)) {
    if (descriptor_ < 0) throw_errno(path_, "cannot be created", errno);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw_errno(path_, "cannot be written", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  // Some file systems tell of a full disk only now.
  void close() {
    if (::close(std::exchange(descriptor_, -1)) != 0)
      throw_errno(path_, "cannot be written", errno);
  }

 private:
  const std::filesystem::path& path_;
  int descriptor_;
};

// Removes what was unpacked unless it is kept.
class FreshFolder {
 public:
  explicit FreshFolder(const std::filesystem::path& path) : path_(path) {
    if (::mkdir(path.c_str(), 0777) != 0) throw_errno(path, "this folder cannot be made", errno);
  }
  FreshFolder(const FreshFolder&) = delete;
  FreshFolder& operator=(const FreshFolder&) = delete;
  ~FreshFolder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }

  void keep() { kept_ = true; }

 private:
  const std::filesystem::path& path_;
  bool kept_ = false;
};

void check_limits(const ZipDirectory& directory, std::uint64_t archive_bytes,
                  const ExtractLimits& limits) {
  if (directory.entries.size() > limits.max_entries()) {
    throw Error(errc::limit_exceeded,
                "the archive has " + std::to_string(directory.entries.size()) +
                    " entries, more than the " + std::to_string(limits.max_entries()) +
                    " that are allowed");
  }
  std::uint64_t total = 0;
  for (const ZipEntry& entry : directory.entries) {
    // Cannot overflow: the sum stops at the limit, and one size is below 2^64 less that.
    if (entry.size > limits.max_bytes() - total) {
      throw Error(errc::limit_exceeded, "the archive would take more than the " +
                                            std::to_string(limits.max_bytes()) +
                                            " bytes that are allowed");
    }
    total += entry.size;
  }
  if (total > kRatioMattersAbove && total / limits.max_ratio() > archive_bytes) {
    throw Error(errc::limit_exceeded, "the archive would grow from " +
                                          std::to_string(archive_bytes) + " to " +
                                          std::to_string(total) + " bytes, more than " +
                                          std::to_string(limits.max_ratio()) + "-fold");
  }
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw_errno(folder, "this folder cannot be made", failure.value());
}

// Whether a link at `name` may lead to `target`. Leading '..'s count from the link's own folder,
// which is a real one; further on none is allowed, since a link on the way would change what it
// means.
bool stays_inside(std::string_view name, std::string_view target) {
  if (target.empty() || target.front() == '/' || target.find('\0') != target.npos) return false;
  std::ptrdiff_t depth = std::count(name.begin(), name.end(), '/');
  bool descending = false;
  while (!target.empty()) {
    const std::string_view component = target.substr(0, target.find('/'));
    target.remove_prefix(std::min(component.size() + 1, target.size()));
    if (component == "..") {
      if (descending || --depth < 0) return false;
    } else if (!component.empty() && component != ".") {
      descending = true;
    }
  }
  return true;
}

}  // namespace

Extracted extract_zip(std::span<const std::byte> archive, const std::filesystem::path& folder,
                      const ExtractLimits& limits) {
  const ZipDirectory directory = read_zip_directory(archive).value();
  check_limits(directory, archive.size(), limits);

  FreshFolder fresh(folder);
  Extracted extracted;
  extracted.comment = directory.comment;
  std::vector<const ZipEntry*> links;
  std::vector<std::byte> piece(kPieceBytes);
  for (const ZipEntry& entry : directory.entries) {
    const std::filesystem::path path = folder / entry.name;
    // A folder's name ends in '/', so this makes it too.
    make_folder(path.parent_path());
    if (entry.kind == ZipEntry::Kind::symbolic_link) {
      links.push_back(&entry);
    } else if (entry.kind == ZipEntry::Kind::file) {
      OutputFile file(path, entry.executable);
      ZipEntryReader reader(archive, entry);
      while (const std::size_t got = reader.read(piece)) file.write(std::span(piece).first(got));
      file.close();
      ++extracted.files;
      extracted.bytes += entry.size;
    }
  }
  for (const ZipEntry* link : links) {
    const std::vector<std::byte> bytes = read_entry(archive, *link, kMaxLinkTargetBytes);
    const std::string target(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!stays_inside(link->name, target)) {
      throw Error(errc::unsafe_name, "the symbolic link '" + link->name + "' leads to '" + target +
                                         "', outside the archive");
    }
    // Every folder on the way was made above, before any link: none of them is one.
    const std::filesystem::path path = folder / link->name;
    if (::symlink(target.c_str(), path.c_str()) != 0)
      throw_errno(path, "this link cannot be made", errno);
  }
  fresh.keep();
  return extracted;
}

}  // namespace torchhub::archive
