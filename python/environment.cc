#include <torchhub/python/detail/run_program.h>
#include <torchhub/python/environment.h>
#include <torchhub/python/error.h>

#include <torchhub_python_config.h>

#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAnswer = "torchhub-python";

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Links resolved as far as the path is there.
fs::path resolved(const fs::path& path) {
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(path, failed);
  return failed ? path : real;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "3.11" of "3.11.2", "3.11.2.final.0" and "3.11.2+"; "" where it does not begin with two numbers.
std::string minor_version(std::string_view text) {
  const auto digits = [&](std::size_t at) {
    return std::min(text.find_first_not_of("0123456789", at), text.size());
  };
  const std::size_t dot = digits(0);
  if (dot == 0 || dot >= text.size() || text[dot] != '.') return "";
  const std::size_t end = digits(dot + 1);
  return end == dot + 1 ? "" : std::string(text.substr(0, end));
}

// The same of a name as "python3.11" or "python3.13t", which has to end there.
std::string version_of_name(std::string_view name) {
  constexpr std::string_view kPython = "python";
  if (!name.starts_with(kPython)) return "";
  name.remove_prefix(kPython.size());
  const std::string version = minor_version(name);
  return name == version || name == version + "t" ? std::string(name) : "";
}

// The version of the only lib/pythonX.Y of a prefix, "" where there is none or more than one.
std::string version_of_folders(const fs::path& prefix) {
  std::string found;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(prefix / "lib", failed)) {
    const std::string version = version_of_name(entry.path().filename().string());
    if (version.empty() || !is_there(entry.path())) continue;
    if (!found.empty()) return "";
    found = version;
  }
  return found;
}

// The settings of a pyvenv.cfg, keys in small letters; none where there is no such file.
std::optional<std::map<std::string, std::string>> settings_of(const fs::path& file) {
  std::ifstream lines(file);
  if (!lines) return std::nullopt;
  std::map<std::string, std::string> settings;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == line.npos) continue;
    std::string key(trimmed(std::string_view(line).substr(0, equals)));
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    settings[key] = trimmed(std::string_view(line).substr(equals + 1));
  }
  return settings;
}

// Where site.py looks for packages below a prefix that is no virtual environment's, Debian's folders among them.
std::vector<fs::path> base_site_folders(const fs::path& prefix, const std::string& version) {
  const std::string python = "python" + version;
  std::vector<fs::path> folders;
  for (const fs::path& folder :
       {prefix / "local/lib" / python / "dist-packages", prefix / "lib" / python / "site-packages",
        prefix / "lib64" / python / "site-packages", prefix / "lib/python3/dist-packages"}) {
    if (is_there(folder)) folders.push_back(folder);
  }
  return folders;
}

// The folders that the .pth files of a folder of packages name, in the order in which site.py adds them.
std::vector<fs::path> folders_of_pth_files(const fs::path& site) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(site, failed))
    if (entry.path().extension() == ".pth" && !entry.path().filename().string().starts_with('.'))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<fs::path> folders;
  for (const fs::path& file : files) {
    std::istringstream lines(text_of(file));
    for (std::string line; std::getline(lines, line);) {
      const std::string_view named = trimmed(line);
      // A line that begins with "import" is run and names no folder.
      if (named.empty() || line.starts_with('#') || line.starts_with("import ") ||
          line.starts_with("import\t"))
        continue;
      if (is_there(site / named)) folders.push_back(site / named);
    }
  }
  return folders;
}

fs::path user_site(const std::string& version) {
  const char* base = std::getenv("PYTHONUSERBASE");
  const char* home = std::getenv("HOME");
  if (base && *base) return fs::path(base) / "lib" / ("python" + version) / "site-packages";
  if (!home || !*home) return {};
  return fs::path(home) / ".local/lib" / ("python" + version) / "site-packages";
}

TorchPackage torch_package(const fs::path& folder) {
  TorchPackage torch{folder, "", {}, true};
  std::istringstream lines(text_of(folder / "version.py"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("__version__")) continue;
    const std::size_t open = line.find_first_of("'\"");
    if (open == line.npos) continue;
    torch.version = line.substr(open + 1, line.find(line[open], open + 1) - open - 1);
  }
  const fs::path library = resolved(folder / "lib/libc10.so");
  if (!is_there(library)) return torch;
  torch.libraries = library.parent_path();
  // c10::Error::Error(c10::SourceLocation, std::string), mangled, where the string is the old one.
  torch.has_cxx11_abi =
      text_of(library).find("_ZN3c105ErrorC1ENS_14SourceLocationESs") == std::string::npos;
  return torch;
}

std::optional<TorchPackage> torch_in(const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders)
    if (is_there(folder / "torch/__init__.py")) return torch_package(folder / "torch");
  return std::nullopt;
}

// Asks an interpreter of which nothing tells what it is: a name that leads elsewhere, as pyenv's.
void ask(Environment& environment) {
  // Three lines between two marks: whatever else starts up with it may print, too.
  constexpr const char* kQuestion =
      "import sys\n"
      "mark = 'torchhub-python'\n"
      "t = 't' if 't' in getattr(sys, 'abiflags', '') else ''\n"
      "print(mark, sys.executable, sys.prefix, '%d.%d' % sys.version_info[:2] + t,"
      " sys.implementation.name, mark, sep='\\n')\n";
  std::string output;
  try {
    if (detail::run_program({environment.interpreter, "-I", "-c", kQuestion}, {}, false,
                            [&](std::string_view piece) { output.append(piece); }) != 0)
      return;
  } catch (const Error&) {
    return;
  }
  std::vector<std::string> lines;
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  const auto mark = std::find(lines.begin(), lines.end(), kAnswer);
  if (lines.end() - mark < 6 || mark[5] != kAnswer) return;
  environment.interpreter = mark[1];
  environment.prefix = mark[2];
  environment.version = mark[3];
  environment.implementation = mark[4] == "cpython" ? "CPython" : mark[4];
}

fs::path find_interpreter(const fs::path& asked) {
  std::error_code ignored;
  // Where no shell has read it: "~/venvs/vision".
  const char* home = std::getenv("HOME");
  const fs::path named = home && asked.string().starts_with("~/") && !is_there(asked)
                             ? fs::path(home + asked.string().substr(1))
                             : asked;
  if (fs::is_directory(named, ignored)) {
    for (const char* name : {"bin/python", "bin/python3"})
      if (is_program(named / name)) return fs::absolute(named / name).lexically_normal();
    throw Error(errc::no_environment,
                named.string() + " is no Python environment: it has no bin/python that can be run");
  }
  if (is_program(named)) return fs::absolute(named).lexically_normal();
  const char* path = std::getenv("PATH");
  if (!named.has_parent_path() && path) {
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');)
      if (!folder.empty() && is_program(fs::path(folder) / named))
        return fs::absolute(fs::path(folder) / named).lexically_normal();
  }
  throw Error(errc::no_environment,
              named.string() + " is neither the folder of a Python environment nor an interpreter");
}

// What pyvenv.cfg says, beside the interpreter or above it.
void read_settings(Environment& environment, bool& sees_base) {
  for (const fs::path& folder : {environment.interpreter.parent_path(), environment.prefix}) {
    const auto settings = settings_of(folder / "pyvenv.cfg");
    if (!settings) continue;
    const auto value = [&](const char* key) {
      const auto found = settings->find(key);
      return found == settings->end() ? std::string() : found->second;
    };
    environment.is_virtual = true;
    environment.version = minor_version(value("version"));
    if (environment.version.empty()) environment.version = minor_version(value("version_info"));
    // A free-threaded Python's file says "3.13.1" too, and its folders "3.13t".
    const std::string free_threaded = environment.version + 't';
    if (!environment.version.empty() &&
        is_there(environment.prefix / "lib" / ("python" + free_threaded)))
      environment.version = free_threaded;
    // uv and virtualenv name it; venv makes environments of CPython's.
    if (const std::string name = value("implementation"); !name.empty())
      environment.implementation = name;
    const std::string home = value("home");
    environment.base_prefix = home.empty() ? fs::path() : fs::path(home).parent_path();
    std::string system = value("include-system-site-packages");
    std::transform(system.begin(), system.end(), system.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    sees_base = system == "true";
    return;
  }
}

fs::path shared_library(const fs::path& prefix, const std::string& version) {
  if (prefix.empty() || version.empty()) return {};
  for (const char* folder : {"lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"}) {
    fs::path library = prefix / folder / ("libpython" + version + ".so.1.0");
    if (is_there(library)) return library;
  }
  return {};
}

// What the sentences about a misfit end with.
std::string helps(const Environment& environment) {
  const std::string fitting = "torchhub venv DIR makes an environment that fits";
  const auto& path = environment.search_path;
  if (environment.torch &&
      std::find(path.begin(), path.end(), environment.torch->folder.parent_path()) != path.end())
    return "PYTHONPATH leads there; " + fitting;
  return fitting + ", and torchhub built with TORCHHUB_PYTHON=" + environment.interpreter.string() +
         " fits this one";
}

}  // namespace

Environment find_environment(const fs::path& named, std::vector<fs::path> search_path) {
  Environment environment;
  environment.interpreter = find_interpreter(named.empty() ? TORCHHUB_PYTHON_EXECUTABLE : named);
  environment.prefix = environment.interpreter.parent_path().parent_path();
  environment.implementation = "CPython";
  bool sees_base = false;
  read_settings(environment, sees_base);
  if (environment.version.empty()) {
    std::error_code ignored;
    const std::string name =
        version_of_name(fs::canonical(environment.interpreter, ignored).filename().string());
    // An interpreter's name counts where its folder has the modules of that version.
    const bool has_modules =
        !name.empty() && is_there(environment.prefix / "lib" / ("python" + name));
    environment.version = has_modules ? name : version_of_folders(environment.prefix);
  }
  if (environment.version.empty()) {
    ask(environment);
    if (!environment.is_virtual) read_settings(environment, sees_base);
  }
  if (environment.base_prefix.empty()) environment.base_prefix = environment.prefix;
  environment.library = shared_library(environment.base_prefix, environment.version);

  // Where nothing tells, the version is the build's.
  const std::string version =
      environment.version.empty() ? minor_version(TORCHHUB_PYTHON_VERSION) : environment.version;
  std::vector<fs::path> sites;
  const char* no_user_site = std::getenv("PYTHONNOUSERSITE");
  environment.has_user_site =
      (!environment.is_virtual || sees_base) && !(no_user_site && *no_user_site);
  if (environment.is_virtual) {
    for (const char* lib : {"lib", "lib64"}) {
      const fs::path site = environment.prefix / lib / ("python" + version) / "site-packages";
      if (is_there(site)) sites.push_back(site);
    }
    // lib64 is a link to lib, where it is there.
    if (sites.size() == 2 && resolved(sites[0]) == resolved(sites[1])) sites.pop_back();
  }
  environment.site_folders = sites;
  if (environment.has_user_site) sites.push_back(user_site(version));
  if (!environment.is_virtual || sees_base) {
    for (const fs::path& folder : base_site_folders(environment.base_prefix, version)) {
      sites.push_back(folder);
      if (!environment.is_virtual) environment.site_folders.push_back(folder);
    }
  }

  for (fs::path& folder : search_path) folder = fs::absolute(folder).lexically_normal();
  std::vector<fs::path> folders = search_path;
  for (const fs::path& site : sites) {
    folders.push_back(site);
    const std::vector<fs::path> more = folders_of_pth_files(site);
    folders.insert(folders.end(), more.begin(), more.end());
  }
  environment.search_path = std::move(search_path);
  environment.torch = torch_in(folders);
  return environment;
}

std::optional<std::string> python_misfit(const Environment& environment) {
  const std::string fitting = ": torchhub venv DIR makes an environment that fits";
  if (environment.implementation != "CPython")
    return environment.prefix.string() + " has " + environment.implementation +
           ", and torchhub was built for CPython" + fitting;
  if (environment.version.ends_with('t'))
    return environment.prefix.string() + " has Python " + environment.version +
           ", which is free-threaded, and torchhub runs in a Python with the global lock" + fitting;
  const std::string built = minor_version(TORCHHUB_PYTHON_VERSION);
  if (environment.version.empty() || environment.version == built) return std::nullopt;
  return environment.prefix.string() + " has Python " + environment.version +
         ", and torchhub was built for Python " + built + ": " + helps(environment);
}

std::optional<std::string> torch_misfit(const Environment& environment, std::string_view version,
                                        bool has_cxx11_abi) {
  if (!environment.torch) return std::nullopt;
  const TorchPackage& torch = *environment.torch;
  const std::string folder = torch.folder.string();
  if (torch.version.empty())
    return folder + " does not say of which version it is, and torchhub was built with torch " +
           std::string(version) + ": " + helps(environment);
  if (without_variant(torch.version) != without_variant(version))
    return folder + " is torch " + torch.version + ", and torchhub was built with torch " +
           std::string(version) + ": " + helps(environment);
  if (torch.libraries.empty())
    return folder + " has no lib/libc10.so, and so no LibTorch to load: " + helps(environment);
  if (torch.has_cxx11_abi != has_cxx11_abi)
    return folder + " was compiled with the " + (torch.has_cxx11_abi ? "new" : "old") +
           " C++ string, and torchhub with the " + (has_cxx11_abi ? "new" : "old") +
           " one: " + helps(environment);
  return std::nullopt;
}

fs::path completion_of(const Environment& environment) {
  const fs::path torch = TORCHHUB_TORCH_FOLDER;
  return environment.torch || torch.empty() ? fs::path() : torch.parent_path();
}

std::optional<TorchPackage> loaded_torch() {
  fs::path library;
  const auto look = [](dl_phdr_info* object, std::size_t, void* found) {
    const fs::path path = object->dlpi_name ? object->dlpi_name : "";
    if (path.filename() != "libtorch_cpu.so") return 0;
    *static_cast<fs::path*>(found) = path;
    return 1;
  };
  ::dl_iterate_phdr(look, &library);
  if (library.empty()) return std::nullopt;
  TorchPackage torch = torch_package(library.parent_path().parent_path());
  torch.libraries = resolved(library.parent_path());
  return torch;
}

std::vector<std::pair<std::string, fs::path>> loader_variables(const Environment& environment,
                                                               bool with_python) {
  std::vector<std::pair<std::string, fs::path>> variables;
  const fs::path built = resolved(fs::path(TORCHHUB_TORCH_FOLDER) / "lib/libc10.so").parent_path();
  if (environment.torch && !environment.torch->libraries.empty() &&
      environment.torch->libraries != built)
    variables.emplace_back("LD_LIBRARY_PATH", environment.torch->libraries);
  // Its own libpython, where it has one, is of the same patch version as its standard library.
  if (with_python && !environment.library.empty() &&
      resolved(environment.base_prefix) != resolved(TORCHHUB_PYTHON_BASE_PREFIX))
    variables.emplace_back("LD_PRELOAD", environment.library);
  return variables;
}

}  // namespace torchhub::python
