#ifndef TORCHHUB_ARCHIVE_DETAIL_STATE_DICT_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_STATE_DICT_PICKLE_H_
// The data.pkl of a state dict, as torch.save writes it. Pure.

#include <torchhub/archive/torch_zip_tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace torchhub::archive::detail {

/// A pickle of protocol 2 with an OrderedDict of tensors, whose storages are persistent ids.
/// Throws: archive::Error as TorchZipWriter, with sentences that do not name the file.
std::string pickle_state_dict(const std::vector<TorchZipTensor>& tensors,
                              std::span<const std::uint64_t> storage_bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_STATE_DICT_PICKLE_H_
