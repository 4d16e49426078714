#ifndef TORCHHUB_HUB_DOWNLOADED_FILE_H_
#define TORCHHUB_HUB_DOWNLOADED_FILE_H_
// What came of downloading a file.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace torchhub {

struct DownloadedFile {
  std::string url;  ///< as it was asked for
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string sha256;               ///< 64 hexadecimal digits
  unsigned connections = 0;         ///< the most that there were at once
  std::uint64_t resumed_bytes = 0;  ///< of the bytes, what an earlier download had brought
  std::chrono::duration<double> seconds{0};
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_DOWNLOADED_FILE_H_
