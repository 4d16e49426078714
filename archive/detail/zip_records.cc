#include <torchhub/archive/detail/zip_records.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <array>
#include <vector>

namespace torchhub::archive::detail {
namespace {

constexpr std::uint64_t kMaxTextBytes = 64;  // of byteorder, version and the like
constexpr std::size_t kMaxNameBytes = 512;

[[noreturn]] void not_torch(std::string why) {
  throw Error(errc::not_a_checkpoint, "the zip archive is not one of torch.save: " + std::move(why));
}

}  // namespace

ZipRecords::ZipRecords(std::span<const std::byte> archive, const ZipDirectory& directory)
    : archive_(archive), directory_(directory), by_name_(directory.entries.size()) {
  if (!directory.case_collisions.empty()) {
    const auto& [first, second] = directory.case_collisions.front();
    throw Error(errc::damaged_checkpoint, "the records '" + std::string(first) + "' and '" +
                                              std::string(second) + "' differ in case only");
  }
  for (std::size_t i = 0; i < directory.entries.size(); ++i) {
    const ZipEntry& entry = directory.entries[i];
    const std::size_t slash = entry.name.find('/');
    if (slash == entry.name.npos || slash == 0)
      not_torch("'" + std::string(entry.name) + "' lies in no folder");
    if (entry.kind == ZipEntry::Kind::symbolic_link)
      not_torch("'" + std::string(entry.name) + "' is a symbolic link");
    if (entry.name.size() > kMaxNameBytes) not_torch("a record's name is longer than 512 bytes");
    if (folder_.empty()) folder_ = entry.name.substr(0, slash);
    if (slash != folder_.size() || entry.name.substr(0, slash) != folder_)
      not_torch("it has more than one folder");
    by_name_.insert(entry.name.substr(slash + 1), static_cast<std::uint32_t>(i));
  }
}

const ZipEntry* ZipRecords::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found ? &directory_.entries[*found] : nullptr;
}

const ZipEntry* ZipRecords::find(std::string_view folder, std::string_view name) const {
  std::array<char, kMaxNameBytes> text;
  if (folder.size() + 1 + name.size() > text.size()) return nullptr;
  auto end = std::copy(folder.begin(), folder.end(), text.begin());
  *end++ = '/';
  end = std::copy(name.begin(), name.end(), end);
  return find({text.data(), static_cast<std::size_t>(end - text.begin())});
}

std::optional<std::string> ZipRecords::text(std::string_view name) const {
  const ZipEntry* const entry = find(name);
  if (!entry) return std::nullopt;
  const std::vector<std::byte> bytes = read_entry(archive_, *entry, kMaxTextBytes);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace torchhub::archive::detail
