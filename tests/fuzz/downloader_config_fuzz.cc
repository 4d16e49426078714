// Downloader configurations: a line with a URL, and the rest the file.

#include <torchhub/net/downloader_config.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace net = torchhub::net;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = std::min(input.find('\n'), input.size());
  const auto url = net::Url::parse(input.substr(0, line_end));
  try {
    const auto config = net::DownloaderConfig::parse(
        input.substr(std::min(line_end + 1, input.size())), "downloader.cfg");
    if (url && config.amend(*url).empty()) __builtin_trap();
  } catch (const net::Error& error) {
    if (*error.what() == '\0') __builtin_trap();
  }
  return 0;
}
