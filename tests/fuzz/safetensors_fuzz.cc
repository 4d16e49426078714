// Headers of safetensors files, each before the data that it asks for.

#include <torchhub/tests/fuzz/fuzz.h>

#include <cstring>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first byte tells how much data follows the header.
  if (size == 0) return 0;
  const std::uint64_t header = size - 1;
  std::vector<std::byte> file(sizeof header + header + data[0]);
  std::memcpy(file.data(), &header, sizeof header);
  std::memcpy(file.data() + sizeof header, data + 1, header);
  torchhub::fuzz::use_checkpoint(file);
  return 0;
}
