// Zip archives, read to the last byte of the last entry.

#include <torchhub/tests/fuzz/fuzz.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  torchhub::fuzz::use_zip(std::as_bytes(std::span(data, size)));
  return 0;
}
