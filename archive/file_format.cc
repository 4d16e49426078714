#include <torchhub/archive/detail/little_endian.h>
#include <torchhub/archive/file_format.h>

#include <algorithm>
#include <cstdint>

namespace torchhub::archive {
namespace {

constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;
constexpr std::size_t kTarMagicOffset = 257;
// transformers writes it behind "metadata", which is short.
constexpr std::size_t kWeightMapWithin = 64 << 10;

bool begins_with_ignoring_case(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [&](char a, char b) { return a == lower(b); });
}

bool is_json_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Without the mark and the blanks that texts may begin with.
std::string_view text_of(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty() && (is_json_blank(text.front()) || text.front() == '\f'))
    text.remove_prefix(1);
  return text;
}

// A tag, a declaration or a comment.
bool is_markup(std::string_view content) {
  if (content.size() < 2 || content[0] != '<') return false;
  const char c = content[1];
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!' || c == '?';
}

// A page need not have an <html> tag; XHTML says what it is behind an XML declaration.
bool is_web_page(std::string_view content) {
  for (const std::string_view tag :
       {"<head", "<body", "<title", "<script", "<meta", "<center", "<h1", "<p>", "<div"}) {
    if (begins_with_ignoring_case(content, tag)) return true;
  }
  for (; !content.empty(); content.remove_prefix(1)) {
    if (begins_with_ignoring_case(content, "<html") ||
        begins_with_ignoring_case(content, "<!doctype html"))
      return true;
  }
  return false;
}

// A list of objects, texts or lists; numbers alone could be anybody's data.
bool is_json_array(std::string_view content) {
  if (!content.starts_with('[')) return false;
  content = text_of(content.substr(1));
  return !content.empty() && std::string_view("{\"[]").find(content.front()) != content.npos;
}

bool is_safetensors(std::span<const std::byte> bytes) {
  if (bytes.size() < 9) return false;
  const auto header = detail::load_little_endian<std::uint64_t>(bytes, 0);
  return header <= kMaxSafetensorsHeader && header <= bytes.size() - 8 &&
         (bytes[8] == std::byte{'{'} || is_json_blank(static_cast<char>(bytes[8])));
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
  const std::string_view content = text_of(text);
  if (is_markup(content)) return is_web_page(content) ? FileFormat::web_page : FileFormat::xml;
  if (is_json_array(content)) return FileFormat::json;
  if (content.starts_with('{')) {
    const std::string_view more(reinterpret_cast<const char*>(bytes.data()),
                                std::min(bytes.size(), kWeightMapWithin));
    return more.find("\"weight_map\"") != more.npos ? FileFormat::shard_index : FileFormat::json;
  }
  if (text.starts_with("GGUF"sv)) return FileFormat::gguf;
  if (text.starts_with("\x89HDF"sv)) return FileFormat::hdf5;
  if (text.starts_with("\x1F\x8B"sv)) return FileFormat::gzip;
  if (text.starts_with("7z\xBC\xAF"sv)) return FileFormat::seven_zip;
  if (text.find_first_not_of('\0') == text.npos) return FileFormat::zeros;
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
    case FileFormat::torch_script:
      return "a TorchScript archive";
    case FileFormat::exported_program:
      return "an exported program (.pt2)";
    case FileFormat::safetensors:
      return "a safetensors file";
    case FileFormat::shard_index:
      return "the index of a checkpoint in several files";
    case FileFormat::xml:
      return "an XML document";
    case FileFormat::json:
      return "a JSON document";
    case FileFormat::gguf:
      return "a GGUF file";
    case FileFormat::hdf5:
      return "an HDF5 file";
    case FileFormat::gzip:
      return "a gzip file";
    case FileFormat::seven_zip:
      return "a 7z archive";
    case FileFormat::zeros:
      return "a file of zeros, as an interrupted download leaves it";
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

std::string_view name_of(FileFormat format) {
  switch (format) {
    case FileFormat::zip:
      return "zip";
    case FileFormat::torch_script:
      return "torchscript";
    case FileFormat::exported_program:
      return "pt2";
    case FileFormat::legacy_stream:
      return "legacy";
    case FileFormat::legacy_tar:
      return "legacy-tar";
    case FileFormat::safetensors:
      return "safetensors";
    case FileFormat::shard_index:
      return "sharded";
    case FileFormat::bare_pickle:
      return "pickle";
    default:
      return "unknown";
  }
}

}  // namespace torchhub::archive
