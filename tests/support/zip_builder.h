#ifndef TORCHHUB_TESTS_SUPPORT_ZIP_BUILDER_H_
#define TORCHHUB_TESTS_SUPPORT_ZIP_BUILDER_H_
// Zip archives, right ones and wrong ones.
//
//   std::string zip = tests::build_zip({{.name = "a/"}, {.name = "a/x", .content = "x"}},
//   "comment");

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::tests {

struct ZipMember {
  std::string name;
  std::string content = "";
  bool deflate = false;
  std::uint32_t unix_mode = 0100644;  ///< 0 for an archive without Unix modes

  // What the headers are to say instead of the truth.
  std::optional<std::string> local_name = std::nullopt;
  std::optional<std::uint32_t> crc32 = std::nullopt;  ///< in both headers
  std::optional<std::uint32_t> size = std::nullopt;   ///< uncompressed, in both headers
  std::optional<std::uint16_t> method = std::nullopt;
  std::optional<std::uint32_t> header_offset = std::nullopt;
  std::uint16_t flags = 0;
};

std::string build_zip(const std::vector<ZipMember>& members, const std::string& comment = "");

/// The files under `folder` below a top folder `top`, as GitHub's archives have them.
std::string zip_folder(const std::filesystem::path& folder, const std::string& top,
                       const std::string& comment);

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_ZIP_BUILDER_H_
