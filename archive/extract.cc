#include <torchhub/archive/detail/bytes/utf8.h>
#include <torchhub/archive/detail/files/system_error.h>
#include <torchhub/archive/detail/zip/extraction_rules.h>
#include <torchhub/archive/extract.h>
#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace torchhub::archive {
namespace {

constexpr std::size_t kExtractedPieceBytes = std::size_t{256} << 10;
constexpr std::size_t kFilesAtOnce = 16;
constexpr std::uint64_t kMaxLinkTargetBytes = 4095;  // Linux has no longer ones

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }

  int value() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

// Removes what was unpacked unless it is kept.
class FreshFolder {
 public:
  explicit FreshFolder(const std::filesystem::path& path) : path_(path) {
    if (::mkdir(path.c_str(), 0777) != 0)
      detail::throw_system_error(path, "this folder cannot be made", errno);
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

// Makes the folders that entries lie in, each once.
class Folders {
 public:
  explicit Folders(const std::filesystem::path& root, int root_descriptor)
      : root_(root), descriptor_(root_descriptor) {}

  /// `name` without its last component, and all above it.
  void make_parents_of(std::string_view name) {
    const std::size_t slash = name.rfind('/');
    if (slash == name.npos) return;
    const std::string_view parent = name.substr(0, slash);
    if (parent == last_) return;
    last_ = parent;
    if (!made_.insert(parent).second) return;
    make_parents_of(parent);
    last_ = parent;
    if (::mkdirat(descriptor_, std::string(parent).c_str(), 0777) != 0)
      detail::throw_system_error(root_ / parent, "this folder cannot be made", errno);
  }

 private:
  const std::filesystem::path& root_;
  int descriptor_;
  std::string_view last_;
  std::unordered_set<std::string_view> made_;
};

// Writes entries that are files; one to a thread.
class FileWriter {
 public:
  FileWriter(std::span<const std::byte> archive, const std::filesystem::path& root,
             int root_descriptor)
      : archive_(archive),
        root_(root),
        descriptor_(root_descriptor),
        piece_(kExtractedPieceBytes) {}

  void write(const ZipEntry& entry) {
    const std::string name(entry.name);
    Descriptor file(::openat(descriptor_, name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             entry.executable ? 0777 : 0666));
    if (file.value() < 0) detail::throw_system_error(root_ / name, "cannot be created", errno);
    ZipEntryReader reader(archive_, entry);
    while (const std::size_t got = reader.read(piece_))
      write_all(file.value(), std::span(piece_).first(got), name);
    // Some file systems tell of a full disk only now.
    if (::close(file.release()) != 0)
      detail::throw_system_error(root_ / name, "cannot be written", errno);
  }

 private:
  void write_all(int file, std::span<const std::byte> bytes, const std::string& name) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) detail::throw_system_error(root_ / name, "cannot be written", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  std::span<const std::byte> archive_;
  const std::filesystem::path& root_;
  int descriptor_;
  std::vector<std::byte> piece_;
};

// Writes all of `files` from several threads; the first failure stops them and is thrown.
void write_files(std::span<const std::byte> archive, std::span<const ZipEntry* const> files,
                 const std::filesystem::path& root, int root_descriptor, unsigned threads) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      FileWriter writer(archive, root, root_descriptor);
      for (std::size_t first; (first = next.fetch_add(kFilesAtOnce)) < files.size();) {
        const std::size_t last = std::min(first + kFilesAtOnce, files.size());
        for (std::size_t i = first; i < last; ++i) writer.write(*files[i]);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = files.size();
    }
  };
  {
    std::vector<std::jthread> others;
    const std::size_t useful = (files.size() + kFilesAtOnce - 1) / kFilesAtOnce;
    for (unsigned i = 1; i < threads && i < useful; ++i) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

// Names that are not UTF-8 become so. They live in what is returned.
std::deque<std::string> decode_names(ZipDirectory& directory) {
  std::deque<std::string> decoded;
  for (ZipEntry& entry : directory.entries) {
    if (!detail::is_utf8(entry.name))
      entry.name = decoded.emplace_back(detail::utf8_of_cp437(entry.name));
  }
  return decoded;
}

// Makes a link, or, where it would lead out, a file with its target; then that is returned.
std::optional<std::string> make_link(std::span<const std::byte> archive, const ZipEntry& link,
                                     const std::filesystem::path& folder, FileWriter& writer,
                                     unsigned top_folders) {
  std::string target;
  if (link.size <= kMaxLinkTargetBytes) {
    const std::vector<std::byte> bytes = read_entry(archive, link, kMaxLinkTargetBytes);
    target.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  if (!detail::stays_inside(link.name, target, top_folders)) {
    writer.write(link);
    return target;
  }
  // Every folder on the way was made before any link: none of them is one.
  const std::filesystem::path path = folder / link.name;
  if (::symlink(target.c_str(), path.c_str()) != 0)
    detail::throw_system_error(path, "this link cannot be made", errno);
  return std::nullopt;
}

}  // namespace

Extracted extract_zip(std::span<const std::byte> archive, const std::filesystem::path& folder,
                      const ExtractOptions& options) {
  ZipDirectory directory = read_zip_directory(archive, EntryNames::linux_files).value();
  detail::check_limits(directory, archive.size(), options.max_entries(), options.max_bytes(),
                       options.max_ratio());
  const std::deque<std::string> decoded = decode_names(directory);

  FreshFolder fresh(folder);
  const Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (root.value() < 0) detail::throw_system_error(folder, "cannot be opened", errno);
  Extracted extracted;
  extracted.comment = directory.comment;
  for (const auto& [first, second] : directory.case_collisions)
    extracted.case_collisions.emplace_back(first, second);
  Folders folders(folder, root.value());
  std::vector<const ZipEntry*> files;
  std::vector<const ZipEntry*> links;
  for (const ZipEntry& entry : directory.entries) {
    // A folder's name ends in '/', so this makes it too.
    folders.make_parents_of(entry.name);
    if (entry.kind == ZipEntry::Kind::symbolic_link) links.push_back(&entry);
    if (entry.kind != ZipEntry::Kind::file) continue;
    files.push_back(&entry);
    extracted.bytes += entry.size;
  }
  extracted.files = files.size();
  write_files(archive, files, folder, root.value(), options.threads());
  FileWriter writer(archive, folder, root.value());
  for (const ZipEntry* link : links) {
    if (auto target = make_link(archive, *link, folder, writer, options.top_folders()))
      extracted.links_as_text.emplace_back(link->name, std::move(*target));
  }
  fresh.keep();
  return extracted;
}

}  // namespace torchhub::archive
