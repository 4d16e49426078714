// Lock files: what is read is written again as it was meant.

#include <torchhub/hub/error.h>
#include <torchhub/hub/lock_file.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  torchhub::LockFile pins;
  try {
    pins = torchhub::parse_lock_file(text, "input");
  } catch (const torchhub::Error&) {
    return 0;  // refused
  }
  const std::string written = torchhub::serialize_lock_file(pins);
  if (torchhub::parse_lock_file(written, "input") != pins) __builtin_trap();
  if (torchhub::serialize_lock_file(torchhub::parse_lock_file(written, "input")) != written)
    __builtin_trap();
  for (const auto& [url, pin] : pins.urls) pins.find_url(url);
  for (const auto& [name, pin] : pins.repositories) pins.find_repository(name);
  return 0;
}
