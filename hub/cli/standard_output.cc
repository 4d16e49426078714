#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/standard_output.h>
#include <torchhub/hub/detail/temporary_folder.h>
#include <torchhub/hub/error.h>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

[[noreturn]] void fail(const std::string& what) {
  const boost::system::error_code code(errno, boost::system::system_category());
  throw Error(code, what + ": " + code.message());
}

void write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("the standard output cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

using OpenFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

OpenFile open_file(const std::filesystem::path& path) {
  OpenFile file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) fail(path.string() + ": cannot be read");
  return file;
}

void copy_all(const OpenFile& file) {
  std::vector<std::byte> piece(kPieceBytes);
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), file.get()))
    write_all(std::span(piece).first(got));
  if (std::ferror(file.get())) fail("what was to be written cannot be read");
}

}  // namespace

void write_to_standard_output(const CommandLine& line, const char* name,
                              const std::function<void(const std::filesystem::path&)>& write) {
  if (line.json) throw UsageError("--json and - both want the standard output");
  if (::isatty(STDOUT_FILENO))
    throw UsageError("a file's bytes are not for a terminal; redirect the standard output");
  std::optional<torchhub::detail::TemporaryFolder> folder(std::in_place);
  const std::filesystem::path path = folder->path() / name;
  write(path);
  const OpenFile file = open_file(path);
  // Whoever reads may take his time, or end this process: by then nothing is left to remove.
  folder.reset();
  copy_all(file);
}

}  // namespace torchhub::cli
