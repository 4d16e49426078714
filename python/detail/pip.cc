#include <torchhub/python/detail/pip.h>
#include <torchhub/python/detail/run_program.h>
#include <torchhub/python/error.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace torchhub::python::detail {
namespace {

namespace fs = std::filesystem;

constexpr char kRecordScript[] =
#include "python/detail/record_requirements.py.inc"
    ;

// Hands `on_line` each line of what comes in pieces.
class Lines {
 public:
  explicit Lines(const OnLine& on_line) : on_line_(on_line) {}

  void add(std::string_view piece) {
    kept_ += piece;
    std::size_t begin = 0;
    for (std::size_t end; (end = kept_.find('\n', begin)) != kept_.npos; begin = end + 1)
      tell(std::string_view(kept_).substr(begin, end - begin));
    kept_.erase(0, begin);
  }
  void end() {
    if (!kept_.empty()) tell(kept_);
  }

 private:
  void tell(std::string_view line) {
    if (on_line_) on_line_(line);
  }

  const OnLine& on_line_;
  std::string kept_;
};

// An environment that uv made has no pip.
bool lacks_pip(const Environment& environment) {
  const auto& folders = environment.site_folders;
  return !folders.empty() && std::none_of(folders.begin(), folders.end(), [](const fs::path& site) {
    return fs::exists(site / "pip");
  });
}

[[noreturn]] void fail(const std::string& what, int status, const std::string& reason = "") {
  throw Error(errc::installation_failed, what + " ended with status " + std::to_string(status) +
                                             (reason.empty() ? "" : ": " + reason));
}

void record(const Environment& environment, const std::vector<std::string>& words) {
  std::vector<std::string> command{environment.interpreter, "-I", "-c", kRecordScript,
                                   record_of(environment)};
  command.insert(command.end(), words.begin(), words.end());
  std::string said;
  const int status = run_program(command, environment.prefix, true,
                                 [&](std::string_view piece) { said += piece; });
  if (status == 0) return;
  while (said.ends_with('\n')) said.pop_back();
  throw Error(errc::installation_failed, record_of(environment).string() + " cannot be written: " +
                                             said.substr(said.rfind('\n') + 1));
}

}  // namespace

fs::path find_uv() {
  std::istringstream folders(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path uv = fs::path(folder) / "uv";
    std::error_code ignored;
    if (!folder.empty() && fs::is_regular_file(uv, ignored) && ::access(uv.c_str(), X_OK) == 0)
      return fs::absolute(uv);
  }
  return {};
}

int run_and_tell(const std::vector<std::string>& command, const fs::path& folder,
                 const OnLine& on_line) {
  Lines lines(on_line);
  const int status =
      run_program(command, folder, true, [&](std::string_view piece) { lines.add(piece); });
  lines.end();
  return status;
}

fs::path record_of(const Environment& environment) {
  return environment.prefix / "torchhub-requirements.txt";
}

void pip_install(const Environment& environment, const std::vector<std::string>& words,
                 const OnLine& on_line) {
  const bool is_recorded = fs::exists(record_of(environment));
  // In a folder where no pip.py or archive lies that Python or pip would take first.
  const fs::path& folder = environment.prefix;
  if (const fs::path uv = find_uv(); lacks_pip(environment) && !uv.empty()) {
    std::vector<std::string> command{uv, "pip", "install", "--python", environment.interpreter};
    command.insert(command.end(), words.begin(), words.end());
    if (run_and_tell(command, folder, on_line) == 0) {
      if (is_recorded) record(environment, {"uv", uv, environment.interpreter});
      return;
    }
    if (on_line) on_line("uv could not; pip is tried");
  }
  if (lacks_pip(environment)) {
    const int status =
        run_and_tell({environment.interpreter, "-I", "-m", "ensurepip"}, folder, on_line);
    if (status != 0) fail("putting pip into " + folder.string(), status);
  }
  std::vector<std::string> command{environment.interpreter, "-m", "pip", "install"};
  const fs::path report = folder / "torchhub-report.json";
  if (is_recorded) command.insert(command.end(), {"--report", report});
  command.insert(command.end(), words.begin(), words.end());
  std::string reason;
  const int status = run_and_tell(command, folder, [&](std::string_view line) {
    constexpr std::string_view kError = "ERROR: ";
    // The first says what is wrong, the last where to read about it.
    if (line.starts_with(kError) && reason.empty()) reason = line.substr(kError.size());
    if (on_line) on_line(line);
  });
  if (status != 0) fail("pip", status, reason);
  if (is_recorded) record(environment, {"pip", report});
  std::error_code ignored;
  fs::remove(report, ignored);
}

}  // namespace torchhub::python::detail
