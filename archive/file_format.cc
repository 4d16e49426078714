#include <torchhub/archive/detail/little_endian.h>
#include <torchhub/archive/file_format.h>

#include <algorithm>
#include <cstdint>

namespace torchhub::archive {
namespace {

constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;
constexpr std::size_t kTarMagicOffset = 257;

bool begins_with_ignoring_case(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [&](char a, char b) { return a == lower(b); });
}

bool is_safetensors(std::span<const std::byte> bytes) {
  if (bytes.size() < 9) return false;
  const auto header = detail::load_little_endian<std::uint64_t>(bytes, 0);
  return header <= kMaxSafetensorsHeader && header <= bytes.size() - 8 &&
         bytes[8] == std::byte{'{'};
}

}  // namespace

FileFormat file_format(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty()) return FileFormat::empty;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<std::size_t>(bytes.size(), 512));
  if (text.starts_with("PK\x03\x04"sv)) return FileFormat::zip;
  // torch's magic number as a pickled integer.
  if (text.starts_with("\x80\x02\x8A\x0Al\xFC\x9C"
                       "F\xF9 j\xA8P\x19."sv))
    return FileFormat::legacy_stream;
  if (text.size() > kTarMagicOffset && text.substr(kTarMagicOffset).starts_with("ustar"sv))
    return FileFormat::legacy_tar;
  if (is_safetensors(bytes)) return FileFormat::safetensors;
  if (text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5)
    return FileFormat::bare_pickle;
  if (text.starts_with("version https://git-lfs"sv)) return FileFormat::git_lfs_pointer;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const std::string_view content = first == text.npos ? ""sv : text.substr(first);
  if (begins_with_ignoring_case(content, "<!doctype") ||
      begins_with_ignoring_case(content, "<html"))
    return FileFormat::web_page;
  return FileFormat::unknown;
}

std::string_view describe(FileFormat format) {
  switch (format) {
    case FileFormat::empty:
      return "an empty file";
    case FileFormat::zip:
      return "a zip archive";
    case FileFormat::legacy_stream:
      return "a checkpoint of torch before 1.6";
    case FileFormat::legacy_tar:
      return "a tar checkpoint of torch before 0.1.10";
    case FileFormat::safetensors:
      return "a safetensors file";
    case FileFormat::bare_pickle:
      return "a bare pickle, not written by torch.save";
    case FileFormat::web_page:
      return "an HTML page";
    case FileFormat::git_lfs_pointer:
      return "a Git LFS pointer, not the file it stands for";
    case FileFormat::unknown:
      break;
  }
  return "a file of an unknown kind";
}

}  // namespace torchhub::archive
