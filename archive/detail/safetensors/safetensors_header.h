#ifndef TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_HEADER_H_
#define TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_HEADER_H_
// The JSON header of a safetensors file. Pure.
//
// Source: the format's README (huggingface/safetensors) and, for what its text leaves open, its Rust
// core of 2026-05. Where that core takes what the text forbids (a name twice, an entry as an array), the
// text counts here. As for that core, fields of an entry that are not known mean nothing.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

struct SafetensorsEntry {
  std::string_view name;  ///< in the header, or in the arena where it was escaped
  DType dtype = DType::float32;
  Shape shape;
  Shape stride;
  std::uint64_t begin = 0;  ///< in bytes from the end of the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the header's order
  Value metadata;                         ///< a dict of texts, or none
};

/// Reads the header that is all of `text`. Its texts, and what it puts into `arena`, must outlive it.
/// Throws: errc::damaged_checkpoint, unsupported_format (a dtype that torch has not), limit_exceeded.
SafetensorsHeader parse_safetensors_header(std::string_view text, Arena& arena);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_HEADER_H_
