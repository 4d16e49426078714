#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/scan_files.h>
#include <torchhub/archive/shard_index.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace torchhub::archive {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFolders = 200;  // in one another

Scan unreadable(std::string reason) {
  Scan scan;
  scan.cause = ScanCause::unreadable;
  scan.reason = std::move(reason);
  return scan;
}

const char* kind_of(fs::file_type type) {
  switch (type) {
    case fs::file_type::fifo:
      return "a FIFO";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "a device";
    default:
      return "no regular file";
  }
}

// Whether a path, resolved, lies below a folder, resolved.
bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

class FileScan {
 public:
  FileScan(const std::function<void(const ScannedFile&)>& use, const OpenOptions& options)
      : use_(use), options_(options) {}

  void scan(const fs::path& path) {
    std::error_code unknown;
    const fs::file_status status = fs::status(path, unknown);
    if (fs::is_directory(status)) return scan_folder(path);
    if (fs::exists(status) && !fs::is_regular_file(status))
      return tell(path, unreadable(std::string("it is ") + kind_of(status.type())));
    Judged judged = judge(path);
    if (!judged.index) return tell(path, std::move(judged.scan));
    for (const std::string& shard : judged.index->files)
      tell(path.parent_path() / shard, judge_shard(path, shard));
    if (judged.index->files.empty()) {
      judged.scan = Scan();
      judged.scan.format = FileFormat::shard_index;
      judged.scan.is_complete = judged.scan.is_safe = true;
      tell(path, std::move(judged.scan));
    }
  }

 private:
  struct Judged {
    Scan scan;
    std::optional<ShardIndex> index;
  };

  Judged judge(const fs::path& path) {
    Judged judged;
    try {
      const MappedFile file(path);
      if (file_format(file.view()) == FileFormat::shard_index) {
        auto index = parse_shard_index(
            {reinterpret_cast<const char*>(file.view().data()), file.view().size()});
        judged.scan = unreadable("it is the index of a checkpoint in several files");
        if (index) {
          judged.index = std::move(*index);
          judged.scan.is_other = true;
        } else {
          judged.scan.reason = index.error().what;
        }
        judged.scan.format = FileFormat::shard_index;
      } else {
        judged.scan = scan_checkpoint(file.view(), options_);
      }
      if (!file.is_intact())
        judged = {unreadable("it was made shorter while it was being read"), {}};
    } catch (const Error& error) {
      judged.scan = unreadable(without_path(error.what(), path));
    }
    return judged;
  }

  Scan judge_shard(const fs::path& index, const std::string& shard) {
    try {
      return judge(shard_path(index, shard)).scan;
    } catch (const Error& error) {
      return unreadable(without_path(error.what(), index));
    }
  }

  static std::string without_path(std::string_view sentence, const fs::path& path) {
    const std::string named = path.string() + ": ";
    if (sentence.starts_with(named)) sentence.remove_prefix(named.size());
    return std::string(sentence);
  }

  void scan_folder(const fs::path& folder) {
    std::error_code failure;
    root_ = fs::canonical(folder, failure);
    if (failure) return tell(folder, unreadable("cannot be listed: " + failure.message()));
    walk(folder, 0);
  }

  void walk(const fs::path& folder, std::size_t depth) {
    std::error_code failure;
    std::vector<fs::path> entries;
    fs::directory_iterator next(folder, failure);
    for (; !failure && next != fs::directory_iterator(); next.increment(failure))
      entries.push_back(next->path());
    if (failure) tell(folder, unreadable("cannot be listed: " + failure.message()));
    std::sort(entries.begin(), entries.end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    for (const fs::path& entry : entries) {
      const fs::file_status status = fs::symlink_status(entry, failure);
      if (fs::is_directory(status)) {
        if (depth < kMaxFolders) {
          walk(entry, depth + 1);
        } else {
          tell(entry, unreadable("lies in more than 200 folders"));
        }
      } else if (fs::is_symlink(status)) {
        follow(entry);
      } else {
        scan_member(entry, status);
      }
    }
  }

  void scan_member(const fs::path& path, fs::file_status status) {
    if (fs::exists(status) && !fs::is_regular_file(status))
      return skip(path, std::string("it is ") + kind_of(status.type()));
    Judged judged = judge(path);
    const bool is_other = judged.scan.is_other;
    use_({path, std::move(judged.scan), is_other});
    if (!judged.index) return;
    // Those that are there have a line of their own.
    for (const std::string& shard : judged.index->files) {
      const fs::path file = path.parent_path() / shard;
      std::error_code unknown;
      if (!fs::exists(fs::symlink_status(file, unknown))) tell(file, judge_shard(path, shard));
    }
  }

  void follow(const fs::path& link) {
    std::error_code failure;
    const fs::path target = fs::canonical(link, failure);
    if (failure) return skip(link, "it is a symbolic link that leads nowhere");
    const fs::file_status status = fs::status(target, failure);
    const bool is_folder = fs::is_directory(status);
    if (!is_folder && !fs::is_regular_file(status))
      return skip(link, std::string("it is a symbolic link to ") + kind_of(status.type()));
    if (!is_inside(target, root_))
      return tell(link, unreadable("it is a symbolic link that leads out of the folder, and is not "
                                   "followed; named by itself it is"));
    // The folder has its own turn.
    if (!is_folder) scan_member(link, status);
  }

  void tell(const fs::path& path, Scan scan) { use_({path, std::move(scan), false}); }

  void skip(const fs::path& path, std::string reason) {
    Scan scan = unreadable(std::move(reason));
    scan.is_other = true;
    use_({path, std::move(scan), true});
  }

  const std::function<void(const ScannedFile&)>& use_;
  const OpenOptions& options_;
  fs::path root_;
};

}  // namespace

void scan_files(const fs::path& path, const std::function<void(const ScannedFile&)>& use,
                const OpenOptions& options) {
  FileScan(use, options).scan(path);
}

}  // namespace torchhub::archive
