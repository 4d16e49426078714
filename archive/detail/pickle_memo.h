#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_MEMO_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_MEMO_H_
// Which of a pickle's memos are ever asked for: torch.save's pickles put all that they build, and get a
// handful.

#include <cstddef>
#include <span>
#include <vector>

namespace torchhub::archive::detail {

/// By a memo's number, below `most`, whether an opcode gets it; shorter than there are memos. Reads
/// along the opcodes of the pickle at the beginning of `bytes`, and stops at damage as the machine will.
std::vector<bool> wanted_memos(std::span<const std::byte> bytes, std::size_t most);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_MEMO_H_
