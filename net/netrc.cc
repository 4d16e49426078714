#include <torchhub/net/ascii_case.h>
#include <torchhub/net/detail/address/host_name.h>
#include <torchhub/net/detail/address/netrc_words.h>
#include <torchhub/net/detail/environment.h>
#include <torchhub/net/netrc.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace torchhub::net {
namespace {

// A larger file is something else.
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kPipePatience{5};

// All that comes out of a pipe, while somebody writes to it or is about to.
std::optional<std::string> drain(int pipe) {
  const auto end = std::chrono::steady_clock::now() + kPipePatience;
  std::string text;
  std::array<char, 4096> piece;
  while (text.size() <= kMaxBytes) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{pipe, POLLIN, 0};
    const int found = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) return std::nullopt;
    const ssize_t got = ::read(pipe, piece.data(), piece.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

// What a pipe gives, it gives once: every client of this process has it from the first that read it.
std::optional<std::string> read_pipe(int pipe, const struct stat& status) {
  static std::mutex mutex;
  static std::map<std::pair<dev_t, ino_t>, std::string> read_before;
  const std::lock_guard lock(mutex);
  const std::pair key(status.st_dev, status.st_ino);
  if (const auto known = read_before.find(key); known != read_before.end()) return known->second;
  auto text = drain(pipe);
  if (text) read_before.emplace(key, *text);
  return text;
}

std::optional<std::string> read(const std::filesystem::path& path) {
  // Not waiting for a pipe's writer here.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  const auto close = [&](int*) { ::close(file); };
  int borrowed = file;
  const std::unique_ptr<int, decltype(close)> closer(&borrowed, close);
  struct stat status {};
  if (::fstat(file, &status) != 0) return std::nullopt;
  if (S_ISFIFO(status.st_mode)) return read_pipe(file, status);
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > kMaxBytes)
    return std::nullopt;
  return drain(file);
}

}  // namespace

Netrc Netrc::parse(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Netrc netrc;
  detail::NetrcWords words(text);
  while (const auto keyword = words.next()) {
    if (keyword->starts_with('#')) {
      words.skip_line();
    } else if (*keyword == "macdef") {
      words.skip_macro();
    } else if (*keyword == "default") {
      netrc.entries_.push_back({true, "", "", ""});
    } else if (*keyword == "machine") {
      const std::string name = words.next().value_or("");
      netrc.entries_.push_back({false, lower_case(detail::without_final_dot(name)), "", ""});
    } else if (*keyword == "login" || *keyword == "password" || *keyword == "account") {
      const std::string value = words.next().value_or("");
      if (netrc.entries_.empty()) continue;
      if (*keyword == "login") netrc.entries_.back().login = value;
      if (*keyword == "password") netrc.entries_.back().password = value;
    }
  }
  return netrc;
}

Netrc Netrc::from_environment() {
  std::vector<std::filesystem::path> files;
  if (const char* const named = detail::variable("NETRC")) {
    files.emplace_back(named);
  } else if (const char* const home = detail::variable("HOME")) {
    files = {std::filesystem::path(home) / ".netrc", std::filesystem::path(home) / "_netrc"};
  }
  for (const std::filesystem::path& file : files) {
    if (const auto text = read(file)) return parse(*text);
  }
  return Netrc();
}

std::optional<std::string> Netrc::credentials_for(std::string_view host, std::string_view login,
                                                  Default otherwise) const {
  const std::string machine = lower_case(detail::without_final_dot(host));
  const auto find = [&](bool is_default) {
    return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.is_default == is_default && (is_default || entry.machine == machine) &&
             (login.empty() || entry.login == login);
    });
  };
  auto found = find(false);
  if (found == entries_.end() && otherwise == Default::applies) found = find(true);
  if (found == entries_.end() || (found->login.empty() && found->password.empty()))
    return std::nullopt;
  return found->login + ':' + found->password;
}

}  // namespace torchhub::net
