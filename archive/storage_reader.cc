#include <torchhub/archive/storage_reader.h>

#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace torchhub::archive {
namespace {

constexpr std::size_t kReadPieceBytes = std::size_t{8} << 20;
constexpr unsigned kMostThreads = 8;

struct Piece {
  const OpenFile* file = nullptr;  ///< null: copied from `source`
  const std::string* name = nullptr;
  std::uint64_t offset = 0;
  const std::byte* source = nullptr;
  std::span<std::byte> target;
};

void read(const Piece& piece) {
  if (!piece.file) {
    std::memcpy(piece.target.data(), piece.source, piece.target.size());
  } else if (!piece.file->read_at(piece.offset, piece.target)) {
    throw Error(errc::file_changed, *piece.name +
                                        ": cannot be read to its end: it was made "
                                        "shorter, or its disk failed");
  }
}

// The checkpoint's files, opened again where they are still the ones that are mapped.
class Files {
 public:
  explicit Files(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  const OpenFile* open(std::size_t file) {
    const auto [known, is_new] = files_.try_emplace(file);
    if (is_new) {
      try {
        known->second = std::make_unique<const OpenFile>(checkpoint_.files()[file]);
        if (!checkpoint_.is_mapping_of(file, *known->second)) known->second = nullptr;
      } catch (const Error&) {
        // Removed since: the mapping still has it.
        known->second = nullptr;
      }
    }
    return known->second.get();
  }

 private:
  const Checkpoint& checkpoint_;
  std::map<std::size_t, std::unique_ptr<const OpenFile>> files_;
};

}  // namespace

void read_storages(const Checkpoint& checkpoint, const std::vector<StorageRead>& reads,
                   unsigned threads) {
  Files files(checkpoint);
  std::vector<Piece> pieces;
  for (const StorageRead& request : reads) {
    const std::byte* const source = checkpoint.storage_bytes(*request.tensor).data();
    const std::optional<std::uint64_t> offset = checkpoint.storage_file_offset(*request.tensor);
    const OpenFile* const file = offset ? files.open(request.tensor->file) : nullptr;
    const std::size_t all = request.target.size();
    for (std::size_t at = 0; at < all; at += kReadPieceBytes) {
      const std::size_t size = std::min(kReadPieceBytes, all - at);
      pieces.push_back({file, &checkpoint.files()[request.tensor->file], offset.value_or(0) + at,
                        source + at, request.target.subspan(at, size)});
    }
  }
  const unsigned machine = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
  const std::size_t workers = std::min<std::size_t>(threads == 0 ? machine : threads,
                                                    std::max<std::size_t>(pieces.size(), 1));
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < pieces.size(); i = next++) read(pieces[i]);
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = pieces.size();
    }
  };
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 1; i < workers; ++i) running.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

bool is_on_network(const std::filesystem::path& path) {
  struct statfs status;
  return ::statfs(path.c_str(), &status) == 0 && is_network_file_system(status.f_type);
}

bool is_network_file_system(long type) {
  // From linux/magic.h and the file systems' own sources.
  constexpr auto kTypes = std::to_array<unsigned long>({
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x01021997,  // 9P
      0x65735546,  // FUSE
      0x00C36400,  // Ceph
      0x5346414F,  // AFS
      0x6B414653,  // kAFS
      0x0BD00BD0,  // Lustre
      0x47504653,  // GPFS
      0x19830326,  // BeeGFS
      0x7461636F,  // OCFS2
      0x01161970,  // GFS2
  });
  return std::find(kTypes.begin(), kTypes.end(), static_cast<unsigned long>(type) & 0xFFFFFFFF) !=
         kTypes.end();
}

}  // namespace torchhub::archive
