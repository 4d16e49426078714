// Files of any kind.

#include <torchhub/tests/fuzz/fuzz.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  torchhub::fuzz::use_checkpoint(std::as_bytes(std::span(data, size)));
  return 0;
}
