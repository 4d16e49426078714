#ifndef TORCHHUB_ARCHIVE_DETAIL_FORMATS_RECOGNISED_FORMAT_H_
#define TORCHHUB_ARCHIVE_DETAIL_FORMATS_RECOGNISED_FORMAT_H_
// What a file is, by its first bytes. Pure.

#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/bytes/utf16.h>
#include <torchhub/archive/detail/bytes/utf8.h>
#include <torchhub/archive/detail/formats/safetensors_limits.h>
#include <torchhub/archive/detail/formats/tar_header.h>
#include <torchhub/archive/detail/pickle/pickle_outline.h>
#include <torchhub/archive/file_format.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace torchhub::archive::detail {

/// What file_format() says of `bytes`.
inline FileFormat recognised_format(std::span<const std::byte> bytes);

namespace recognised_format_detail {

inline constexpr std::size_t kTarMagicOffset = 257;
inline constexpr std::size_t kHeadBytes = 512;
// The index of ten thousand shards has some megabytes.
inline constexpr std::size_t kMaxIndexBytes = std::size_t{64} << 20;

inline bool begins_with_ignoring_case(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [&](char a, char b) { return a == lower(b); });
}

inline bool is_json_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Without the mark and the blanks that texts may begin with.
inline std::string_view text_of(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty() && (is_json_blank(text.front()) || text.front() == '\f'))
    text.remove_prefix(1);
  return text;
}

// A tag, a declaration or a comment.
inline bool is_markup(std::string_view content) {
  if (content.size() < 2 || content[0] != '<') return false;
  const char c = content[1];
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!' || c == '?';
}

// A page need not have an <html> tag; XHTML says what it is behind an XML declaration.
inline bool is_web_page(std::string_view content) {
  for (const std::string_view tag :
       {"<head", "<body", "<title", "<script", "<style", "<meta", "<link", "<center", "<h1", "<h2",
        "<p>", "<pre", "<div", "<form", "<iframe", "<noscript"}) {
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
inline bool is_json_array(std::string_view content) {
  if (!content.starts_with('[')) return false;
  content = text_of(content.substr(1));
  return !content.empty() && std::string_view("{\"[]").find(content.front()) != content.npos;
}

// Whether an object of JSON has the key "weight_map" with a table under it: in the object itself, not
// in one inside it or in a text. `text` may end before the document does.
inline bool is_shard_index(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return false;
    if (c != '"') continue;
    const std::size_t begin = ++at;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2u : 1u;
    if (depth != 1 || at >= text.size() || text.substr(begin, at - begin) != "weight_map") continue;
    std::size_t next = at + 1;
    const auto skip_blanks = [&] {
      while (next < text.size() && is_json_blank(text[next])) ++next;
      return next < text.size() ? text[next] : '\0';
    };
    if (skip_blanks() != ':') continue;
    ++next;
    const char value = skip_blanks();
    if (value == '{' || value == '[') return true;
  }
  return false;
}

// Also one that ends before its header does: the length is followed by what a header begins with.
inline bool is_safetensors(std::span<const std::byte> bytes) {
  constexpr std::uint64_t kShortestHeader = 2;
  if (bytes.size() < 8) return false;
  const auto header = load_little_endian<std::uint64_t>(bytes, 0);
  if (bytes.size() == 8) return header >= kShortestHeader && header <= kMaxSafetensorsHeaderBytes;
  const auto first = static_cast<char>(bytes[8]);
  if (header <= kMaxSafetensorsHeaderBytes && header <= bytes.size() - 8)
    return first == '{' || is_json_blank(first);
  const bool begins =
      first == '{' && (bytes.size() == 9 || bytes[9] == std::byte{'"'} ||
                       bytes[9] == std::byte{'}'} || is_json_blank(static_cast<char>(bytes[9])));
  return begins && header <= std::uint64_t{1} << 48;
}

// UTF-8 without control characters, but for those that texts have.
inline bool is_text(std::string_view content, bool is_cut) {
  constexpr std::size_t kLongestLetter = 4;
  for (const char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = byte < 0x20 || byte == 0x7F;
    if (is_control && std::string_view("\t\n\r\f\x1B").find(c) == std::string_view::npos)
      return false;
  }
  if (!is_cut) return is_utf8(content);
  // The head may end within a letter.
  for (std::size_t cut = 0; cut < kLongestLetter && cut < content.size(); ++cut)
    if (is_utf8(content.substr(0, content.size() - cut))) return true;
  return false;
}

// ModelProto begins with the version of its format, 3 to some twenty, and goes on with a producer's name,
// a graph or an operator set; SavedModel with a version that is 1, and a graph.
// Source: onnx/onnx.proto; tensorflow/core/protobuf/saved_model.proto.
inline FileFormat protocol_buffer(std::string_view text) {
  if (text.size() < 4 || text[0] != '\x08') return FileFormat::unknown;
  if (text[1] == 1 && text[2] == '\x12') return FileFormat::tensor_flow;
  const bool is_version = text[1] >= 3 && text[1] < 32;
  const bool is_name = text.size() > 4 && text[2] == '\x12' && text[3] > 0 && text[3] < 64 &&
                       text[4] >= '0' && text[4] <= 'z';
  return is_version && (is_name || text[2] == '\x3A' || text[2] == '\x42') ? FileFormat::onnx
                                                                           : FileFormat::unknown;
}

struct Signature {
  std::string_view bytes;
  FileFormat format;
};

inline FileFormat by_signature(std::string_view text) {
  using namespace std::string_view_literals;
  static constexpr Signature kFirst[] = {
      {"GGUF"sv, FileFormat::gguf},
      {"\x89HDF"sv, FileFormat::hdf5},
      {"\x93NUMPY"sv, FileFormat::numpy_array},
      {"\x1F\x8B"sv, FileFormat::gzip},
      {"\xFD"
       "7zXZ\0"sv,
       FileFormat::xz},
      {"BZh"sv, FileFormat::bzip2},
      {"\x28\xB5\x2F\xFD"sv, FileFormat::zstandard},
      {"\x04\x22\x4D\x18"sv, FileFormat::lz4},
      {"7z\xBC\xAF"sv, FileFormat::seven_zip},
      {"Rar!\x1A\x07"sv, FileFormat::rar},
      {"\x89PNG"sv, FileFormat::image},
      {"\xFF\xD8\xFF"sv, FileFormat::image},
      {"GIF8"sv, FileFormat::image},
      {"%PDF-"sv, FileFormat::pdf},
      {"\x7F"
       "ELF"sv,
       FileFormat::program},
  };
  for (const Signature& signature : kFirst)
    if (text.starts_with(signature.bytes)) return signature.format;
  // A flat buffer's name stands behind the place of its root.
  static constexpr Signature kFifth[] = {
      {"TFL3"sv, FileFormat::tf_lite},
      {"PTMF"sv, FileFormat::mobile_module},
      {"ET"sv, FileFormat::executorch},
  };
  if (text.size() > 8)
    for (const Signature& signature : kFifth)
      if (text.substr(4).starts_with(signature.bytes) &&
          (signature.bytes.size() == 4 || (text[6] >= '0' && text[6] <= '9')))
        return signature.format;
  return protocol_buffer(text);
}

// A page, a message, a document: what begins as one.
inline FileFormat by_text(std::string_view head, std::span<const std::byte> bytes) {
  const std::string_view content = text_of(head);
  if (is_markup(content)) return is_web_page(content) ? FileFormat::web_page : FileFormat::xml;
  if (is_json_array(content)) return FileFormat::json;
  if (!content.starts_with('{')) return FileFormat::unknown;
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()),
                             std::min(bytes.size(), kMaxIndexBytes));
  return is_shard_index(all) ? FileFormat::shard_index : FileFormat::json;
}

// Protocols 0 and 1 have no signature; their pickles begin with a name, a group or a container, as a rule,
// and end with a full stop.
inline bool is_old_pickle(std::span<const std::byte> bytes) {
  constexpr std::size_t kMaxPickle = std::size_t{256} << 20;
  const auto first = static_cast<char>(bytes.front());
  return bytes.back() == std::byte{'.'} && bytes.size() <= kMaxPickle &&
         std::string_view("c(]})").find(first) != std::string_view::npos &&
         pickle_outline(bytes).is_whole;
}

// torch's magic number, 0x1950A86A20F9469CFC6C, as pickles of protocols 0 to 5 have it.
inline bool begins_with_magic_number(std::string_view text) {
  using namespace std::string_view_literals;
  // LONG, of protocols 0 and 1, which have no number of their own.
  if (text.starts_with("L119547037146038801333356L\n."sv)) return true;
  constexpr std::string_view kLong1 = "\x8A\x0Al\xFC\x9C\x46\xF9 j\xA8P\x19."sv;
  constexpr std::string_view kFrame = "\x95\x0D\0\0\0\0\0\0\0"sv;  // of LONG1 and STOP, since 4
  if (text.size() < 2 || text[0] != '\x80' || text[1] < 2 || text[1] > 5) return false;
  const bool may_be_framed = text[1] >= 4;
  text.remove_prefix(2);
  if (may_be_framed && text.starts_with(kFrame)) text.remove_prefix(kFrame.size());
  return text.starts_with(kLong1);
}

}  // namespace recognised_format_detail

inline FileFormat recognised_format(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty()) return FileFormat::empty;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), recognised_format_detail::kHeadBytes));
  if (text.starts_with("PK\x03\x04"sv)) return FileFormat::zip;
  if (recognised_format_detail::begins_with_magic_number(text)) return FileFormat::legacy_stream;
  if (text.size() > recognised_format_detail::kTarMagicOffset &&
      text.substr(recognised_format_detail::kTarMagicOffset).starts_with("ustar"sv))
    return FileFormat::legacy_tar;
  if (recognised_format_detail::is_safetensors(bytes)) return FileFormat::safetensors;
  if (text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5)
    return FileFormat::bare_pickle;
  // Whatever it looks like: torch.load asks tarfile before anything but the first four bytes of a zip.
  if (begins_as_tar(bytes)) return FileFormat::legacy_tar;
  if (text.starts_with("PK\x05\x06"sv)) return FileFormat::zip;  // with nothing in it
  if (recognised_format_detail::text_of(text).starts_with("version https://git-lfs"sv))
    return FileFormat::git_lfs_pointer;
  if (const FileFormat format = recognised_format_detail::by_text(text, bytes);
      format != FileFormat::unknown)
    return format;
  if (const FileFormat format = recognised_format_detail::by_signature(text);
      format != FileFormat::unknown)
    return format;
  if (text.find_first_not_of('\0') == text.npos) return FileFormat::zeros;
  if (const std::string ascii = ascii_of_utf16(text, Utf16Mark::required); !ascii.empty()) {
    const FileFormat format =
        recognised_format_detail::by_text(ascii, std::as_bytes(std::span(ascii)));
    return format == FileFormat::unknown ? FileFormat::text : format;
  }
  if (recognised_format_detail::is_old_pickle(bytes)) return FileFormat::bare_pickle;
  return recognised_format_detail::is_text(text, bytes.size() > text.size()) ? FileFormat::text
                                                                             : FileFormat::unknown;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FORMATS_RECOGNISED_FORMAT_H_
