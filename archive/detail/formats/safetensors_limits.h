#ifndef TORCHHUB_ARCHIVE_DETAIL_FORMATS_SAFETENSORS_LIMITS_H_
#define TORCHHUB_ARCHIVE_DETAIL_FORMATS_SAFETENSORS_LIMITS_H_
// What the safetensors format allows.

#include <cstdint>

namespace torchhub::archive::detail {

/// A longer header is none. Source: MAX_HEADER_SIZE of the format's Rust core.
inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FORMATS_SAFETENSORS_LIMITS_H_
