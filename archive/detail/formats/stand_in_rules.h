#ifndef TORCHHUB_ARCHIVE_DETAIL_FORMATS_STAND_IN_RULES_H_
#define TORCHHUB_ARCHIVE_DETAIL_FORMATS_STAND_IN_RULES_H_
// What servers give instead of a file of weights, by the bytes. Pure.

#include <torchhub/archive/detail/bytes/utf16.h>
#include <torchhub/archive/detail/bytes/utf8.h>
#include <torchhub/archive/detail/formats/recognised_format.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/stand_in.h>

#include <algorithm>
#include <string>

namespace torchhub::archive::detail {

/// What stand_in() says of all of `bytes`.
inline StandIn recognised_stand_in(std::span<const std::byte> bytes);

namespace stand_in_rules_detail {

using namespace std::string_view_literals;

inline constexpr std::size_t kLongestMessage = 4 << 10;
inline constexpr std::string_view kBlanks = " \t\r\n\f";

inline std::string_view text_at(std::span<const std::byte> bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), size)};
}

inline std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

inline StandIn by_format(FileFormat format) {
  switch (format) {
    case FileFormat::empty:
      return StandIn::empty;
    case FileFormat::web_page:
      return StandIn::web_page;
    case FileFormat::xml:
      return StandIn::xml;
    case FileFormat::json:
      return StandIn::json;
    case FileFormat::git_lfs_pointer:
      return StandIn::git_lfs_pointer;
    default:
      return StandIn::none;
  }
}

// A line for people, in UTF-8.
inline bool is_printable(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte < 0x20 && kBlanks.find(c) == kBlanks.npos) || byte == 0x7F;
         });
}

// Whether `text` begins with a pickle of protocol 0, whose opcodes are letters and whose arguments are lines.
// Source: Lib/pickletools.py of CPython 3.11.
inline bool begins_with_text_pickle(std::string_view text) {
  const auto take_line = [&] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  while (!text.empty()) {
    const char opcode = text.front();
    text.remove_prefix(1);
    if (opcode == '.') return true;
    if ("()]}Ntlda0su12ebRoQ"sv.find(opcode) != std::string_view::npos) continue;
    if (opcode == 'c' || opcode == 'i') {
      take_line();
      take_line();
    } else if ("IFLpg"sv.find(opcode) != std::string_view::npos) {
      if (take_line().find_first_not_of("0123456789+-.eELinfa") != std::string_view::npos)
        return false;
    } else if (opcode == 'S') {
      const std::string_view line = take_line();
      if (!line.starts_with('\'') && !line.starts_with('"')) return false;
    } else if (opcode == 'V' || opcode == 'P') {
      take_line();
    } else {
      return false;
    }
  }
  return false;
}

// An object or a list behind what keeps a browser from running it as a script.
inline bool is_guarded_json(std::string_view text) {
  for (const std::string_view guard : {")]}'"sv, ")]}"sv, "while(1);"sv, "for(;;);"sv,
                                       "for (;;);"sv, "while (1);"sv, "{}&&"sv, "throw 1;"sv}) {
    if (!text.starts_with(guard)) continue;
    text.remove_prefix(guard.size());
    if (text.starts_with(',')) text.remove_prefix(1);
    text = without_blanks(text);
    return text.starts_with('{') || text.starts_with('[');
  }
  return false;
}

// Of any of the specification's addresses, the first one, hawser.github.com, included.
inline bool is_lfs_pointer(std::string_view text) {
  return text.starts_with("version https://") &&
         text.substr(0, text.find('\n')).find("/spec/") != text.npos &&
         text.find("\noid ") != text.npos;
}

inline StandIn by_text(std::string_view text, bool is_whole) {
  if (text.starts_with("\xEF\xBB\xBF"sv)) text.remove_prefix(3);
  const std::string_view content = without_blanks(text);
  if (is_lfs_pointer(content)) return StandIn::git_lfs_pointer;
  if (is_guarded_json(content)) return StandIn::json;
  const bool is_message =
      is_whole && !content.empty() && is_printable(content) && !begins_with_text_pickle(text);
  return is_message ? StandIn::message : StandIn::none;
}

inline bool is_known(FileFormat format) {
  switch (format) {
    case FileFormat::zip:
    case FileFormat::torch_script:
    case FileFormat::exported_program:
    case FileFormat::legacy_stream:
    case FileFormat::legacy_tar:
    case FileFormat::safetensors:
    case FileFormat::shard_index:
    case FileFormat::bare_pickle:
      return true;
    default:
      return false;
  }
}

}  // namespace stand_in_rules_detail

inline StandIn recognised_stand_in(std::span<const std::byte> bytes) {
  const FileFormat format = recognised_format(bytes);
  if (const StandIn kind = stand_in_rules_detail::by_format(format); kind != StandIn::none)
    return kind;
  if (stand_in_rules_detail::is_known(format)) return StandIn::none;
  const std::string_view head =
      stand_in_rules_detail::text_at(bytes, stand_in_rules_detail::kLongestMessage);
  const bool is_whole = head.size() == bytes.size();
  const std::string ascii = ascii_of_utf16(head, Utf16Mark::optional);
  if (ascii.empty()) return stand_in_rules_detail::by_text(head, is_whole);
  const StandIn kind =
      stand_in_rules_detail::by_format(recognised_format(std::as_bytes(std::span(ascii))));
  return kind == StandIn::none ? stand_in_rules_detail::by_text(ascii, is_whole) : kind;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FORMATS_STAND_IN_RULES_H_
