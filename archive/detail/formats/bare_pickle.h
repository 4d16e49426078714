#ifndef TORCHHUB_ARCHIVE_DETAIL_FORMATS_BARE_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_FORMATS_BARE_PICKLE_H_
// What a pickle without a checkpoint around it is, by the texts in its beginning. Pure.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace torchhub::archive::detail {

/// "a bare pickle, not written by torch.save, ...": what it is and what to do, for behind "it is".
inline std::string_view describe_bare_pickle(std::span<const std::byte> pickle);

namespace bare_pickle_detail {

inline constexpr std::size_t kBeginning = std::size_t{64} << 10;

}  // namespace bare_pickle_detail

inline std::string_view describe_bare_pickle(std::span<const std::byte> pickle) {
  using namespace std::string_view_literals;
  const std::string_view text(reinterpret_cast<const char*>(pickle.data()),
                              std::min(pickle.size(), bare_pickle_detail::kBeginning));
  const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
  if (has("torch.distributed.checkpoint.metadata"sv))
    return "the metadata of a distributed checkpoint, whose tensors lie beside it in .distcp "
           "files; "
           "torch.distributed.checkpoint.format_utils.dcp_to_torch_save makes one file of them";
  // A persistent id of torch.save's, by BINUNICODE or SHORT_BINUNICODE: ('storage', type, key, ...).
  if (has("X\7\0\0\0storage"sv) || has("\x8C\7storage"sv))
    return "the data.pkl of a checkpoint whose zip archive was unpacked; its tensors lie beside "
           "it, in "
           "the folder data, and it is read once they are zipped again, stored and not compressed";
  return "a bare pickle, not written by torch.save, which is not read";
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FORMATS_BARE_PICKLE_H_
