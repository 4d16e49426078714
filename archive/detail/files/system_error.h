#ifndef TORCHHUB_ARCHIVE_DETAIL_FILES_SYSTEM_ERROR_H_
#define TORCHHUB_ARCHIVE_DETAIL_FILES_SYSTEM_ERROR_H_
// How what touches files says that the system refused something.

#include <torchhub/archive/error.h>

#include <boost/system/error_code.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// "PATH: CLAUSE: the system's sentence for `error`", with that code.
[[noreturn]] inline void throw_system_error(const std::filesystem::path& path,
                                            std::string_view clause, int error) {
  const boost::system::error_code code(error, boost::system::system_category());
  throw Error(code, path.string() + ": " + std::string(clause) + ": " + code.message());
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FILES_SYSTEM_ERROR_H_
