#include <torchhub/net/detail/address/host_name.h>
#include <torchhub/net/downloader_config.h>

#include <boost/regex.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace torchhub::net {

struct DownloaderConfig::Rules {
  struct Rewrite {
    boost::regex pattern;
    std::string replacement;
  };
  std::vector<Rewrite> rewrites;
  std::vector<std::string> allowed;
  std::vector<std::string> blocked;
  std::string all_blocked_message;
};

namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

bool matches(const std::string& pattern, const std::string& host) {
  return host == pattern || host.ends_with("." + pattern);
}

}  // namespace

DownloaderConfig DownloaderConfig::from_environment() {
  const char* path = std::getenv("TORCHHUB_DOWNLOADER_CONFIG");
  if (!path || !*path) return DownloaderConfig();
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    throw Error(errc::bad_downloader_config,
                "TORCHHUB_DOWNLOADER_CONFIG names " + std::string(path) + ", which cannot be read");
  }
  return parse(text, path);
}

DownloaderConfig DownloaderConfig::parse(std::string_view text, std::string_view name) {
  auto rules = std::make_shared<Rules>();
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const auto refuse = [&](const std::string& why) {
      throw Error(errc::bad_downloader_config,
                  std::string(name) + ":" + std::to_string(number) + ": " + why + ": " + line);
    };
    const std::vector<std::string> words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const std::string& directive = words[0];
    if (directive == "allow" || directive == "block") {
      if (words.size() != 2) refuse("only a host name may follow " + directive);
      (directive == "allow" ? rules->allowed : rules->blocked).push_back(words[1]);
    } else if (directive == "rewrite") {
      if (words.size() != 3) refuse("only a pattern and a replacement may follow rewrite");
      try {
        rules->rewrites.push_back({boost::regex(words[1]), words[2]});
      } catch (const boost::regex_error& error) {
        refuse("not a regular expression (" + std::string(error.what()) + ")");
      }
    } else if (directive == "all_blocked_message") {
      if (words.size() == 1) refuse("a message must follow all_blocked_message");
      if (!rules->all_blocked_message.empty()) refuse("a second all_blocked_message");
      rules->all_blocked_message = line.substr(line.find(words[1], line.find(directive) + 19));
    } else {
      refuse("neither rewrite, allow, block nor all_blocked_message");
    }
  }
  DownloaderConfig config;
  config.rules_ = std::move(rules);
  return config;
}

std::vector<Url> DownloaderConfig::amend(const Url& url) const {
  if (!rules_) return {url};
  const std::string scheme = url.origin().scheme + "://";
  const std::string rest = url.text().substr(scheme.size());
  std::vector<Url> candidates;
  bool is_matched = false;
  for (const Rules::Rewrite& rewrite : rules_->rewrites) {
    std::string text;
    try {
      if (!boost::regex_match(rest, rewrite.pattern)) continue;
      text = boost::regex_replace(rest, rewrite.pattern, rewrite.replacement,
                                  boost::format_perl | boost::format_first_only);
    } catch (const std::runtime_error&) {
      // Boost.Regex gives up where a pattern has too many ways to match.
      throw Error(errc::bad_downloader_config,
                  url.redacted() + ": the downloader configuration's pattern \"" +
                      rewrite.pattern.str() + "\" takes too long to match");
    }
    is_matched = true;
    if (!text.starts_with("http://") && !text.starts_with("https://")) text = scheme + text;
    const auto rewritten = Url::parse(text);
    if (!rewritten) {
      throw Error(rewritten.error(), url.redacted() + ": rewritten to \"" + redact_url(text) +
                                         "\", which is not a URL that can be fetched");
    }
    candidates.push_back(*rewritten);
  }
  if (!is_matched) candidates.push_back(url);

  const auto is_refused = [&](const Url& candidate) {
    // A final dot must not lead around a rule.
    const std::string host(detail::without_final_dot(candidate.origin().host));
    const auto names_it = [&](const std::string& pattern) { return matches(pattern, host); };
    if (std::any_of(rules_->allowed.begin(), rules_->allowed.end(), names_it)) return false;
    return std::any_of(
        rules_->blocked.begin(), rules_->blocked.end(),
        [&](const std::string& pattern) { return pattern == "*" || matches(pattern, host); });
  };
  std::erase_if(candidates, is_refused);
  if (candidates.empty()) {
    const std::string& message = rules_->all_blocked_message;
    throw Error(errc::blocked, url.redacted() + ": blocked by the downloader configuration" +
                                   (message.empty() ? "" : ": " + message));
  }
  return candidates;
}

}  // namespace torchhub::net
