#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_FLAW_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_FLAW_H_
// What a file looks like that has no end record of a zip archive where one should be. Pure.

#include <torchhub/archive/detail/zip/zip_layout.h>
#include <torchhub/archive/error.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

/// errc::not_a_zip, with a sentence: cut off, ending in zeros, going on after its end, several archives one
/// after the other, or no zip archive. Looks at the last 16 MiB.
inline Flaw why_no_zip_end(std::span<const std::byte> bytes);

namespace zip_flaw_detail {

using Bytes = std::span<const std::byte>;
using namespace std::string_view_literals;

inline constexpr std::size_t kWithin = std::size_t{16} << 20;

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What an end record says, which lies at `offset` with all of its bytes.
struct EndRecord {
  std::uint64_t end;        // of its comment
  std::uint64_t directory;  // its bytes, and those before it
  bool is_wide;             // a record of 64 bits says more
};

inline EndRecord end_record(Bytes bytes, std::size_t offset) {
  return {
      offset + zip_layout::End::kBytes + read_field(bytes, offset, zip_layout::End::comment_size),
      std::uint64_t{read_field(bytes, offset, zip_layout::End::directory_size)} +
          read_field(bytes, offset, zip_layout::End::directory_offset),
      offset >= zip_layout::Locator::kBytes && text_of(bytes)
                                                   .substr(offset - zip_layout::Locator::kBytes)
                                                   .starts_with(zip_layout::Locator::kText)};
}

}  // namespace zip_flaw_detail

inline Flaw why_no_zip_end(std::span<const std::byte> bytes) {
  const auto flaw = [&](std::string what) {
    return Flaw{errc::not_a_zip, bytes.size(), std::move(what)};
  };
  const std::string_view text = zip_flaw_detail::text_of(bytes);
  if (!text.starts_with(zip_layout::Local::kText))
    return flaw("no end-of-central-directory record (not a zip archive, or truncated)");
  const std::size_t first = text.size() - std::min(text.size(), zip_flaw_detail::kWithin);
  for (std::size_t at = text.rfind(zip_layout::End::kText); at != text.npos && at >= first;
       at = text.rfind(zip_layout::End::kText, at - 1)) {
    if (text.size() - at < zip_layout::End::kBytes) continue;
    const zip_flaw_detail::EndRecord record = zip_flaw_detail::end_record(bytes, at);
    if (record.end < text.size() && (record.is_wide || record.directory == at))
      return flaw("it goes on after its end: " + std::to_string(text.size() - record.end) +
                  " bytes follow the zip archive");
    // torch.save writes both kinds of records.
    const std::uint64_t before =
        record.directory +
        (record.is_wide ? zip_layout::WideEnd::kBytes + zip_layout::Locator::kBytes : 0);
    if (record.end == text.size() && before < at &&
        text.substr(static_cast<std::size_t>(at - before)).starts_with(zip_layout::Local::kText))
      return flaw(
          "it holds several zip archives one after the other, as a part of a distributed "
          "checkpoint does (.distcp), which is not read by itself");
  }
  const std::string begins = std::to_string(text.size()) + " bytes begin as a zip archive";
  if (text.substr(text.size() - std::min<std::size_t>(text.size(), 64)).find_first_not_of('\0') ==
      text.npos)
    return flaw("it is truncated, or was not written to its end: its " + begins +
                " and end in zeros");
  return flaw("it is truncated (cut off): its " + begins +
              ", and the central directory at the end is missing");
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_ZIP_FLAW_H_
