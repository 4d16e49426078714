#ifndef TORCHHUB_ARCHIVE_TORCH_ZIP_TENSOR_H_
#define TORCHHUB_ARCHIVE_TORCH_ZIP_TENSOR_H_
// A tensor that is to be written in torch.save's format: a view of a storage.

#include <torchhub/archive/dtype.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torchhub::archive {

struct TorchZipTensor {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> stride;
  std::size_t storage = 0;           ///< which of the storages holds the elements
  std::uint64_t storage_offset = 0;  ///< of the first element, in elements
  bool requires_grad = false;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_TORCH_ZIP_TENSOR_H_
