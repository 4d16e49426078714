#include <torchhub/net/detail/ascii_case.h>
#include <torchhub/net/detail/environment.h>
#include <torchhub/net/detail/host_name.h>
#include <torchhub/net/netrc.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace torchhub::net {
namespace {

// A larger file is something else.
constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 20;
constexpr std::string_view kBlanks = " \t\r\n";

class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  /// The next word, unquoted; nothing at the end.
  std::optional<std::string> next() {
    skip(kBlanks);
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '"') return quoted();
    const std::size_t end = std::min(rest_.find_first_of(kBlanks), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }
  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }
  // A macro ends with an empty line.
  void skip_macro() {
    for (;;) {
      skip_line();
      if (rest_.empty()) return;
      rest_.remove_prefix(1);
      const std::string_view line = rest_.substr(0, rest_.find('\n'));
      if (line.empty() || line == "\r") return;
    }
  }

 private:
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }

  std::string quoted() {
    std::string word;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') break;
      if (c == '\\' && !rest_.empty()) {
        c = rest_.front();
        rest_.remove_prefix(1);
        // curl knows these.
        if (c == 'n') c = '\n';
        if (c == 'r') c = '\r';
        if (c == 't') c = '\t';
      }
      word += c;
    }
    return word;
  }

  std::string_view rest_;
};

std::optional<std::string> read(const std::filesystem::path& path) {
  std::error_code absent;
  if (!std::filesystem::is_regular_file(path, absent) ||
      std::filesystem::file_size(path, absent) > kMaxBytes)
    return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  return file ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

Netrc Netrc::parse(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Netrc netrc;
  Words words(text);
  while (const auto keyword = words.next()) {
    if (keyword->starts_with('#')) {
      words.skip_line();
    } else if (*keyword == "macdef") {
      words.skip_macro();
    } else if (*keyword == "default") {
      netrc.entries_.push_back({true, "", "", ""});
    } else if (*keyword == "machine") {
      const std::string name = words.next().value_or("");
      netrc.entries_.push_back(
          {false, detail::lower_case(detail::without_final_dot(name)), "", ""});
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
  const std::string machine = detail::lower_case(detail::without_final_dot(host));
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
