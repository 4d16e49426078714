#ifndef TORCHHUB_PYTHON_SANDBOX_TEXT_FILE_H_
#define TORCHHUB_PYTHON_SANDBOX_TEXT_FILE_H_
// Small files: of /proc and of control groups, in one read or one write, and new ones.

#include <torchhub/python/sandbox/descriptor.h>

#include <fcntl.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace torchhub::python::sandbox {

/// All of it; "" where it cannot be read.
inline std::string read_text(int folder, const char* path) {
  const Descriptor file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  for (ssize_t got; file && (got = ::read(file.number(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

inline bool write_text(int folder, const char* path, std::string_view text) {
  const Descriptor file(::openat(folder, path, O_WRONLY | O_CLOEXEC));
  return file &&
         ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// A file that was not there before, with all of `content`.
inline bool write_new(int folder, const char* path, std::string_view content) {
  const Descriptor file(
      ::openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  while (file && !content.empty()) {
    const ssize_t written = ::write(file.number(), content.data(), content.size());
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return static_cast<bool>(file);
}

/// The number behind `key` at a line's begin, 0 where there is none.
inline std::uint64_t number_after(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    return std::strtoull(std::string(text.substr(at + key.size(), 32)).c_str(), nullptr, 10);
  }
  return 0;
}

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_TEXT_FILE_H_
