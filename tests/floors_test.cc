// Who includes whom: the rooms' floors, as CONTRIBUTING.md has them, held against every file's includes.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Room {
  std::string name;
  std::set<std::string> rooms;     // whose headers it may include, besides its own
  std::set<std::string> packages;  // of others, by the first part of the include, Boost's by two
};

const std::vector<Room>& floors() {
  static const std::vector<Room> rooms = {
      {"net",
       {},
       {"boost/asio", "boost/url", "boost/system", "boost/regex.hpp", "openssl", "zlib.h"}},
      {"cache", {}, {"boost/json", "boost/system", "openssl"}},
      {"archive", {}, {"boost/json", "boost/system", "boost/assert", "zlib.h"}},
      {"python",
       {},
       {"boost/system", "Python.h", "pybind11", "seccomp.h", "torchhub_python_config.h"}},
      {"hub",
       {"net", "cache", "archive", "python"},
       {"boost/asio", "boost/json", "boost/system", "boost/locale", "boost/version.hpp", "ATen",
        "c10", "torch", "CLI", "pybind11", "torchhub_python_config.h", "torchhub_torch_config.h"}},
  };
  return rooms;
}

// Of the operating system and the processor, for anyone.
const std::set<std::string> kSystem = {
    "sys",     "dirent.h", "linux",    "fcntl.h", "unistd.h", "pwd.h",     "netdb.h",
    "poll.h",  "sched.h",  "signal.h", "spawn.h", "stdlib.h", "fnmatch.h", "nmmintrin.h",
    "dlfcn.h", "link.h",   "ftw.h",    "grp.h",   "elf.h",    "langinfo.h"};

struct Include {
  std::string file;  // from the repository's root
  std::string path;
};

// The sources themselves: what a test's runfiles link to.
fs::path root() { return fs::canonical("WORKSPACE").parent_path(); }

std::vector<Include> includes_of(const std::string& room) {
  static const std::regex kLine(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root() / room)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    std::ifstream file(entry.path());
    std::smatch match;
    for (std::string line; std::getline(file, line);)
      if (std::regex_search(line, match, kLine))
        found.push_back({entry.path().lexically_relative(root()), match[1]});
  }
  return found;
}

// "net" of torchhub/net/url.h, "" for a header that is not ours.
std::string room_of(const std::string& path) {
  if (!path.starts_with("torchhub/")) return "";
  const std::size_t begin = path.find('/') + 1;
  return path.substr(begin, path.find('/', begin) - begin);
}

// boost/asio of boost/asio/post.hpp, ATen of ATen/core/Tensor.h; "" for the standard library's.
std::string package_of(const std::string& path) {
  const std::size_t slash = path.find('/');
  if (slash == path.npos) return path.find('.') == path.npos ? "" : path;
  const std::string first = path.substr(0, slash);
  return first == "boost" ? path.substr(0, path.find('/', slash + 1)) : first;
}

bool is_header(const std::string& file) { return file.ends_with(".h"); }
bool is_public(const std::string& file) {
  return is_header(file) && std::ranges::count(file, '/') == 1;
}
bool is_embedded_text(const std::string& path) { return path.ends_with(".inc"); }

class Floors : public testing::TestWithParam<Room> {};

TEST_P(Floors, IncludeOnlyTheRoomsBelow) {
  const Room& room = GetParam();
  std::size_t count = 0;
  for (const auto& [file, path] : includes_of(room.name)) {
    const std::string other = room_of(path);
    if (other.empty()) continue;
    ++count;
    EXPECT_TRUE(other == room.name || room.rooms.contains(other)) << file << " includes " << path;
    if (other == room.name) continue;
    EXPECT_EQ(path.find("/detail/"), path.npos) << file << " includes " << path;
  }
  EXPECT_GT(count, 0U) << "no source was found";
}

TEST_P(Floors, IncludeOnlyTheirOwnDependencies) {
  const Room& room = GetParam();
  for (const auto& [file, path] : includes_of(room.name)) {
    const std::string package = package_of(path);
    if (package.empty() || package == "torchhub" || is_embedded_text(path)) continue;
    EXPECT_TRUE(room.packages.contains(package) || kSystem.contains(package))
        << file << " includes " << path;
  }
}

TEST_P(Floors, KeepHeavyHeadersOutOfPublicOnes) {
  const std::set<std::string> heavy = {"boost/json", "Python.h", "pybind11",
                                       "CLI",        "openssl",  "zlib.h"};
  for (const auto& [file, path] : includes_of(GetParam().name)) {
    if (!is_public(file)) continue;
    EXPECT_FALSE(heavy.contains(package_of(path))) << file << " includes " << path;
    EXPECT_NE(path, "boost/asio.hpp") << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Rooms, Floors, testing::ValuesIn(floors()),
                         [](const auto& info) { return info.param.name; });

// Whom of the others the rooms in net/detail may include; "" is net/detail itself.
const std::map<std::string, std::set<std::string>>& rooms_of_net() {
  static const std::map<std::string, std::set<std::string>> rooms = {
      {"", {}},
      {"address", {}},
      {"plan", {""}},
      {"stream", {""}},
      {"tls", {"", "address", "stream"}},
      {"http", {"stream"}},
      {"client", {"", "http", "plan", "stream", "tls"}},
      {"transfer", {"", "client", "http", "plan", "stream"}},
  };
  return rooms;
}

// "plan" of net/detail/plan/plan.h, "" of net/detail/crc32c.h; nothing for what lies elsewhere.
std::optional<std::string> room_of_net(const std::string& path) {
  const std::string folder = "net/detail/";
  if (!path.starts_with(folder)) return std::nullopt;
  const std::size_t slash = path.find('/', folder.size());
  return slash == path.npos ? "" : path.substr(folder.size(), slash - folder.size());
}

TEST(RoomsOfNet, IncludeOnlyThoseBelow) {
  std::set<std::string> seen;
  for (const auto& [file, path] : includes_of("net")) {
    const auto from = room_of_net(file);
    const auto to = path.starts_with("torchhub/") ? room_of_net(path.substr(9)) : std::nullopt;
    if (!from || !to) continue;
    seen.insert(*from);
    ASSERT_TRUE(rooms_of_net().contains(*from)) << file;
    EXPECT_TRUE(*from == *to || rooms_of_net().at(*from).contains(*to))
        << file << " includes " << path;
  }
  EXPECT_TRUE(seen.contains("transfer") && seen.contains("tls"));
}

// A consumer's file does not read what is private, but where a template needs it.
TEST(RoomsOfNet, AreNotShownByPublicHeaders) {
  const std::set<std::pair<std::string, std::string>> may = {
      {"net/download.h", "torchhub/net/detail/transfer/body.h"}};
  for (const auto& [file, path] : includes_of("net")) {
    if (!is_public(file) || path.find("/detail/") == path.npos) continue;
    EXPECT_TRUE(may.contains({file, path})) << file << " includes " << path;
  }
}

// Who copies the folder compiles all of it by its room.cc.
TEST(RoomsOfNet, AreCompiledByOneFile) {
  std::set<std::string> compiled;
  std::set<std::string> there;
  for (const auto& [file, path] : includes_of("net"))
    if (file == "net/room.cc") compiled.insert(path);
  for (const auto& entry : fs::recursive_directory_iterator(root() / "net")) {
    const std::string path = entry.path().lexically_relative(root());
    if (path.ends_with(".cc") && path != "net/room.cc") there.insert("torchhub/" + path);
  }
  EXPECT_EQ(compiled, there);
}

TEST(LibTorch, IsInFilesNamedAfterIt) {
  const std::set<std::string> torch = {"ATen", "c10", "torch"};
  for (const auto& [file, path] : includes_of("hub")) {
    // The command's verbs are named after what the user types.
    if (file.starts_with("hub/cli/") || file.starts_with("hub/examples/")) continue;
    if (!torch.contains(package_of(path))) continue;
    EXPECT_TRUE(fs::path(file).filename().string().starts_with("torch_"))
        << file << " includes " << path;
    EXPECT_NE(path, "torch/torch.h") << file << ": ten seconds and a gigabyte a file";
  }
}

// Who may say that code is trusted: the gate that asked the user.
TEST(TrustedSource, IsMadeByTheTrustGateAlone) {
  std::set<std::string> makers;
  for (const char* room : {"net", "cache", "archive", "python", "hub"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root() / room)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        const bool makes =
            line.find("trust_folder(") != line.npos || line.find("trust_code(") != line.npos;
        if (makes && !line.starts_with("//"))
          makers.insert(entry.path().lexically_relative(root()));
      }
    }
  }
  EXPECT_EQ(makers, (std::set<std::string>{"hub/trust.cc", "python/trusted_source.h"}));
}

// Which rooms of archive/detail a room there may include, besides itself: those that stand before it.
TEST(Archive, HasRoomsOneAboveTheOther) {
  const std::vector<std::string> order = {
      "bytes",   "files",     "zip",    "pickle",      "formats", "torch", "contents",
      "tensors", "torch_zip", "legacy", "safetensors", "readers", "scan"};
  const std::string detail = "archive/detail/";
  const auto place_of = [&](std::string_view path) {
    path.remove_prefix(path.find(detail) + detail.size());
    const std::string_view room = path.substr(0, path.find('/'));
    return std::find(order.begin(), order.end(), room) - order.begin();
  };
  std::set<std::ptrdiff_t> seen;
  for (const auto& [file, path] : includes_of("archive")) {
    if (file.find(detail) == file.npos) continue;
    const std::ptrdiff_t room = place_of(file);
    seen.insert(room);
    EXPECT_LT(room, std::ssize(order)) << file << " is in no room";
    if (path.find(detail) == path.npos) continue;
    EXPECT_LE(place_of(path), room) << file << " includes " << path;
  }
  EXPECT_EQ(std::ssize(seen), std::ssize(order));
}

TEST(Archive, KeepsDetailOutOfPublicHeaders) {
  for (const auto& [file, path] : includes_of("archive")) {
    if (!is_public(file)) continue;
    EXPECT_EQ(path.find("/detail/"), path.npos) << file << " includes " << path;
  }
}

// What came from outside is escaped where it is printed: hub/cli/printer.h takes nothing else.
TEST(Command, PrintsFitTextAlone) {
  const std::regex prints(
      R"(\b(cout|cerr|clog)\s*(<<|\.(write|put))|\b(f?printf|fputs|puts|fwrite|putchar)\()");
  // The second draws bars; the names in them are TerminalText.
  const std::set<std::string> may = {"printer.cc", "progress_display.cc"};
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(root() / "hub/cli")) {
    const std::string extension = entry.path().extension();
    if ((extension != ".h" && extension != ".cc") || may.contains(entry.path().filename()))
      continue;
    ++count;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);)
      EXPECT_FALSE(std::regex_search(line, prints)) << entry.path().filename() << ": " << line;
  }
  EXPECT_GT(count, 20U);
}

}  // namespace
