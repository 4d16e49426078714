#include <torchhub/archive/detail/bare_pickle.h>

#include <algorithm>

namespace torchhub::archive::detail {
namespace {

constexpr std::size_t kBeginning = std::size_t{64} << 10;

}  // namespace

std::string_view describe_bare_pickle(std::span<const std::byte> pickle) {
  using namespace std::string_view_literals;
  const std::string_view text(reinterpret_cast<const char*>(pickle.data()),
                              std::min(pickle.size(), kBeginning));
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
