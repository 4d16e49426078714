#ifndef TORCHHUB_TESTS_FUZZ_FUZZ_H_
#define TORCHHUB_TESTS_FUZZ_FUZZ_H_
// What the fuzz targets have in common: any input is read or refused, and what was read can be used.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/scan.h>
#include <torchhub/archive/tensor_bytes.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace torchhub::fuzz {

/// Opens `file` and reads all of what it holds, up to a megabyte a tensor.
inline void use_checkpoint(std::span<const std::byte> file) {
  archive::OpenOptions options;
  options.max_inflated_bytes(1 << 20).max_pickle_bytes(1 << 20).aliases(true);
  for (const bool lenient : {false, true}) {
    options.lenient(lenient);
    try {
      const archive::Checkpoint checkpoint =
          archive::parse_checkpoint(nullptr, file, "input", options);
      std::uint64_t sum = 0;
      for (const archive::TensorInfo& tensor : checkpoint.tensors()) {
        if (checkpoint.find(tensor.name) == nullptr) __builtin_trap();
        if (tensor.layout != archive::Layout::strided || tensor.is_meta) continue;
        if (tensor.bytes() > 1 << 20) continue;
        archive::for_each_piece(checkpoint, tensor, [&](std::span<const std::byte> piece) {
          for (const std::byte byte : piece) sum += static_cast<std::uint64_t>(byte);
        });
      }
      // For the compiler to keep it.
      if (sum == 0xFFFFFFFFFFFFFFFF) __builtin_trap();
    } catch (const archive::Error&) {
      // Refused.
    }
  }
  const archive::Scan scan = archive::scan_checkpoint(file, options);
  if (!scan.is_safe && scan.reason.empty()) __builtin_trap();
}

}  // namespace torchhub::fuzz

#endif  // TORCHHUB_TESTS_FUZZ_FUZZ_H_
