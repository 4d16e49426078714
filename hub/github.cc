#include <torchhub/hub/error.h>
#include <torchhub/hub/github.h>
#include <torchhub/net/error.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace torchhub {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr int kPageSize = 100;  // the most that the API gives at once
constexpr int kMaxPages = 1000;
constexpr std::size_t kMinCommitDigits = 7;  // git's own abbreviation

bool is_commit(std::string_view ref) {
  return ref.size() >= kMinCommitDigits && ref.size() <= 40 &&
         ref.find_first_not_of("0123456789abcdef") == ref.npos;
}

std::string utc_time(std::string_view seconds_since_1970) {
  const std::time_t time = std::strtoll(std::string(seconds_since_1970).c_str(), nullptr, 10);
  std::tm parts;
  char text[32];
  gmtime_r(&time, &parts);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// The "message" of an API's error document, or "".
std::string message_of(const std::string& body) {
  boost::system::error_code not_json;
  const json::value document = json::parse(body, not_json);
  if (not_json || !document.is_object()) return "";
  const json::value* const message = document.as_object().if_contains("message");
  return message && message->is_string() ? std::string(message->as_string()) : "";
}

[[noreturn]] void throw_status(const net::Answer& answer, bool had_token) {
  const net::ResponseHead& head = answer.head;
  const std::string message = message_of(answer.body);
  std::string sentence = answer.url + ": the server answered " + std::to_string(head.status) + " " +
                         (message.empty() ? head.reason : message);
  const bool limited =
      head.status == 429 || (head.status == 403 && head.find("x-ratelimit-remaining") == "0");
  if (!limited) throw net::Error(net::errc_of_status(head.status), sentence);
  if (const auto reset = head.find("x-ratelimit-reset"))
    sentence += "; the limit ends at " + utc_time(*reset);
  if (!had_token) sentence += "; with a token in GITHUB_TOKEN it is higher";
  throw Error(errc::rate_limited, sentence);
}

// Whether an element of a branches or tags page is what `ref` means.
bool matches(const json::value& element, std::string_view kind, std::string_view ref) {
  const json::object* const object = element.if_object();
  const json::value* const name = object ? object->if_contains("name") : nullptr;
  if (!name || !name->is_string()) return false;
  const std::string prefix = kind == "branches" ? "refs/heads/" : "refs/tags/";
  if (ref == std::string_view(name->as_string()) || ref == prefix + std::string(name->as_string()))
    return true;
  if (!is_commit(ref)) return false;
  const json::value* const commit = object->if_contains("commit");
  const json::value* const sha =
      commit && commit->is_object() ? commit->as_object().if_contains("sha") : nullptr;
  return sha && sha->is_string() && std::string_view(sha->as_string()).starts_with(ref);
}

}  // namespace

net::DownloadOptions Github::request_options() const {
  net::DownloadOptions options;
  if (!endpoints_.token.empty())
    options.secret_header("Authorization", "token " + endpoints_.token);
  return options;
}

net::DownloadOptions Github::api_options(bool with_token) const {
  net::DownloadOptions options = with_token ? request_options() : net::DownloadOptions();
  options.header("Accept", "application/vnd.github.v3+json");
  return options;
}

asio::awaitable<std::string> Github::default_ref(std::string owner, std::string name) {
  const std::string url = endpoints_.web + '/' + owner + '/' + name + "/tree/main/";
  const net::Answer answer = co_await net::async_fetch(client_, url, request_options());
  if (answer.head.is_success()) co_return "main";
  if (answer.head.status == 404) co_return "master";
  throw_status(answer, !endpoints_.token.empty());
}

asio::awaitable<net::Answer> Github::ask_api(std::string url) {
  const bool has_token = !endpoints_.token.empty();
  net::Answer answer = co_await net::async_fetch(client_, url, api_options(has_token));
  // A token without rights must not hide what everybody may see.
  if (has_token && (answer.head.status == 401 || answer.head.status == 403)) {
    net::Answer anonymous = co_await net::async_fetch(client_, url, api_options(false));
    if (anonymous.head.is_success()) co_return anonymous;
  }
  co_return answer;
}

asio::awaitable<bool> Github::is_listed(std::string kind, cache::RepositoryKey key) {
  const std::string base = endpoints_.api + "/repos/" + key.owner + '/' + key.name + '/' + kind;
  for (int page = 1; page <= kMaxPages; ++page) {
    const std::string url =
        base + "?per_page=" + std::to_string(kPageSize) + "&page=" + std::to_string(page);
    const net::Answer answer = co_await ask_api(url);
    if (answer.head.status == 404) {
      throw Error(errc::no_such_repository, endpoints_.web + '/' + key.owner + '/' + key.name +
                                                " does not exist or is private (" + answer.url +
                                                " answered 404)");
    }
    if (!answer.head.is_success()) throw_status(answer, !endpoints_.token.empty());
    boost::system::error_code not_json;
    const json::value document = json::parse(answer.body, not_json);
    const json::array* const elements = not_json ? nullptr : document.if_array();
    if (!elements) throw Error(errc::bad_answer, answer.url + ": the answer is no list of " + kind);
    for (const json::value& element : *elements) {
      if (matches(element, kind, key.ref)) co_return true;
    }
    if (elements->size() < kPageSize) co_return false;
  }
  co_return false;
}

asio::awaitable<bool> Github::check_ref(cache::RepositoryKey key) {
  for (const std::string kind : {"branches", "tags"}) {
    const bool listed = co_await is_listed(kind, key);
    if (listed) co_return true;
  }
  throw Error(errc::no_such_ref,
              "Cannot find " + key.ref + " in " + endpoints_.web + '/' + key.owner + '/' +
                  key.name +
                  ". If it's a commit from a forked repo, name the forked repo instead.");
}

std::string Github::zipball_url(const cache::RepositoryKey& key) const {
  return endpoints_.web + '/' + key.owner + '/' + key.name + "/zipball/" + key.ref;
}

}  // namespace torchhub
