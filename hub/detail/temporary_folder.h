#ifndef TORCHHUB_HUB_DETAIL_TEMPORARY_FOLDER_H_
#define TORCHHUB_HUB_DETAIL_TEMPORARY_FOLDER_H_
// A folder of this process's own, gone afterwards.

#include <torchhub/hub/error.h>

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace torchhub::detail {

class TemporaryFolder {
 public:
  /// Throws: the system's code.
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "torchhub.XXXXXX").string();
    if (!::mkdtemp(name.data())) {
      const boost::system::error_code code(errno, boost::system::system_category());
      throw Error(code, name + ": cannot be created: " + code.message());
    }
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_TEMPORARY_FOLDER_H_
