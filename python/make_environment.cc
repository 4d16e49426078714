#include <torchhub/python/detail/pip.h>
#include <torchhub/python/error.h>
#include <torchhub/python/make_environment.h>

#include <torchhub_python_config.h>

#include <fstream>
#include <vector>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;

// One line for each module that cannot be imported, after a mark: packages may print, too.
constexpr const char* kImportThem = R"(import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        said = " ".join(str(error).split())
        print("\ntorchhub-failed", name, type(error).__name__ + (": " + said if said else ""), flush=True)
)";

// For what is not recorded yet.
void begin_record(const Environment& environment) {
  const fs::path record = detail::record_of(environment);
  if (fs::exists(record)) return;
  std::ofstream file(record);
  if (!file.flush())
    throw Error(errc::installation_failed, record.string() + ": this file cannot be written");
}

}  // namespace

std::string built_torch_release() {
  const fs::path torch = TORCHHUB_TORCH_FOLDER;
  std::error_code failed;
  constexpr std::string_view kBegin = "torch-", kEnd = ".dist-info";
  for (const fs::directory_entry& entry : fs::directory_iterator(torch.parent_path(), failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kBegin) && name.ends_with(kEnd) && fs::exists(entry.path() / "WHEEL"))
      return name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size());
  }
  return "";
}

Environment make_environment(const fs::path& folder,
                             const std::function<void(std::string_view)>& on_line) {
  std::error_code ignored;
  const bool is_new = !fs::exists(folder) || fs::is_empty(folder, ignored);
  if (!is_new && !fs::exists(folder / "pyvenv.cfg"))
    throw Error(errc::not_a_virtual_environment,
                folder.string() + " is there, and neither empty nor a virtual environment");
  if (is_new) {
    const fs::path uv = detail::find_uv();
    std::vector<std::string> command =
        uv.empty() ? std::vector<std::string>{TORCHHUB_PYTHON_EXECUTABLE, "-I", "-m", "venv"}
                   : std::vector<std::string>{uv, "venv", "--python", TORCHHUB_PYTHON_EXECUTABLE};
    if (built_torch_release().empty()) command.emplace_back("--system-site-packages");
    command.push_back(fs::absolute(folder));
    std::string last;
    const int status = detail::run_and_tell(command, {}, [&](std::string_view line) {
      if (!line.empty()) last = line;
      if (on_line) on_line(line);
    });
    if (status != 0)
      throw Error(errc::installation_failed,
                  folder.string() + ": a virtual environment cannot be made: " + last);
  }
  Environment environment = find_environment(folder);
  if (const auto misfit = python_misfit(environment)) throw Error(errc::does_not_fit, *misfit);
  begin_record(environment);
  return environment;
}

void install_recorded(const Environment& environment, const fs::path& record,
                      const std::function<void(std::string_view)>& on_line) {
  std::ifstream file(record, std::ios::binary);
  if (!file) throw Error(errc::installation_failed, record.string() + ": this file cannot be read");
  detail::pip_install(environment,
                      {"--require-hashes", "--no-deps", "--requirement", fs::absolute(record)},
                      on_line);
}

std::vector<std::pair<std::string, std::string>> import_failures(
    const Environment& environment, const std::vector<std::string>& modules) {
  std::vector<std::string> command{environment.interpreter, "-I", "-c", kImportThem};
  command.insert(command.end(), modules.begin(), modules.end());
  std::vector<std::pair<std::string, std::string>> failures;
  detail::run_and_tell(command, environment.prefix, [&](std::string_view line) {
    constexpr std::string_view kMark = "torchhub-failed ";
    if (!line.starts_with(kMark)) return;
    line.remove_prefix(kMark.size());
    const std::size_t blank = line.find(' ');
    failures.emplace_back(line.substr(0, blank),
                          blank == line.npos ? std::string_view() : line.substr(blank + 1));
  });
  return failures;
}

}  // namespace torchhub::python
