#include <torchhub/hub/error.h>
#include <torchhub/hub/github.h>
#include <torchhub/net/error.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstdlib>
#include <ctime>
#include <optional>

namespace torchhub {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr int kPageSize = 100;  // the most that the API gives at once
constexpr int kMaxPages = 1000;
constexpr std::size_t kMinCommitDigits = 7;  // git's own abbreviation
constexpr std::size_t kCommitDigits = 40;

bool is_commit(std::string_view ref) {
  return ref.size() >= kMinCommitDigits && ref.size() <= kCommitDigits &&
         ref.find_first_not_of("0123456789abcdef") == ref.npos;
}

std::string utc_time(std::time_t time) {
  std::tm parts;
  char text[32];
  gmtime_r(&time, &parts);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// The member `name` of an object, if it is a string.
std::string string_member(const json::value& value, std::string_view name) {
  const json::object* const object = value.if_object();
  const json::value* const member = object ? object->if_contains(name) : nullptr;
  return member && member->is_string() ? std::string(member->as_string()) : "";
}

// An answer's JSON, or null where it is none.
json::value parse(const net::Answer& answer) {
  boost::system::error_code not_json;
  json::value document = json::parse(answer.body, not_json);
  return not_json ? json::value() : document;
}

// GitHub's primary limit says when it ends; its secondary one, how long to wait.
std::string end_of_limit(const net::ResponseHead& head) {
  if (const auto reset = head.find("x-ratelimit-reset"))
    return "; the limit ends at " +
           utc_time(std::strtoll(std::string(*reset).c_str(), nullptr, 10));
  const auto wait = head.find("retry-after");
  const auto seconds = wait ? std::strtoll(std::string(*wait).c_str(), nullptr, 10) : 0;
  return seconds > 0 ? "; the limit ends at " + utc_time(std::time(nullptr) + seconds) : "";
}

[[noreturn]] void throw_status(const net::Answer& answer, bool had_token) {
  const net::ResponseHead& head = answer.head;
  const std::string message = string_member(parse(answer), "message");
  std::string sentence = answer.url + ": the server answered " + std::to_string(head.status) + " " +
                         (message.empty() ? head.reason : message);
  const bool limited =
      head.status == 429 || (head.status == 403 && (head.find("x-ratelimit-remaining") == "0" ||
                                                    head.find("retry-after").has_value()));
  if (!limited) throw net::Error(net::errc_of_status(head.status), sentence);
  sentence += end_of_limit(head);
  if (!had_token) sentence += "; with a token in GITHUB_TOKEN it is higher";
  throw Error(errc::rate_limited, sentence);
}

bool is_absent(const net::Answer& answer) {
  // 409: a repository without commits. 422: what cannot be the name of one.
  return answer.head.status == 404 || answer.head.status == 409 || answer.head.status == 422;
}

// What the list of a commit's branches and tags on the web says, in JSON or in HTML; nothing where it
// is neither.
std::optional<bool> names_a_branch(const net::Answer& answer) {
  if (!answer.head.is_success()) return std::nullopt;
  if (const json::value document = parse(answer);
      const json::object* found = document.if_object()) {
    const auto holds_any = [&](std::string_view kind) {
      const json::value* const list = found->if_contains(kind);
      return list && list->is_array() && !list->as_array().empty();
    };
    if (!found->contains("branches") && !found->contains("tags")) return std::nullopt;
    return holds_any("branches") || holds_any("tags");
  }
  if (answer.body.find("branches-list") == answer.body.npos) return std::nullopt;
  return answer.body.find("class=\"branch\"") != answer.body.npos ||
         answer.body.find("branches-tag-list") != answer.body.npos;
}

// Whether an element of a branches or tags page is what `ref` means.
bool matches(const json::value& element, std::string_view ref) {
  if (string_member(element, "name") == ref) return true;
  if (!is_commit(ref)) return false;
  const json::object* const object = element.if_object();
  const json::value* const commit = object ? object->if_contains("commit") : nullptr;
  return commit && string_member(*commit, "sha").starts_with(ref);
}

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

}  // namespace

net::DownloadOptions Github::request_options(bool with_token) const {
  net::DownloadOptions options;
  // As with torch.hub, the token is all that GitHub is told: a stale password would hide what is public.
  options.netrc(false);
  if (with_token && has_token())
    options.secret_header("Authorization", "token " + endpoints_.token);
  return options;
}

bool Github::is_refusal_of_token(unsigned status) { return status == 401 || status == 403; }

std::string Github::api_url(const cache::RepositoryKey& key) const {
  return endpoints_.api + "/repos/" + key.owner + '/' + key.name;
}

std::string Github::web_url(const cache::RepositoryKey& key) const {
  return endpoints_.web + '/' + key.owner + '/' + key.name;
}

asio::awaitable<DefaultRef> Github::default_ref(std::string owner, std::string name) {
  const std::string url = api_url({owner, name, ""});
  std::string branch;
  try {
    const net::Answer answer = co_await ask_api(url);
    if (answer.head.is_success()) branch = string_member(parse(answer), "default_branch");
  } catch (const net::Error&) {
    // The web is another server; what it says counts.
  }
  if (!branch.empty()) co_return DefaultRef(branch, true);
  branch = co_await probe_main(owner, name);
  const bool is_there = branch == "main";
  co_return DefaultRef(branch, is_there);
}

asio::awaitable<std::string> Github::probe_main(std::string owner, std::string name) {
  const std::string url = web_url({owner, name, ""}) + "/tree/main/";
  const net::Answer answer = co_await net::async_fetch(client_, url, request_options());
  if (answer.head.is_success()) co_return "main";
  if (answer.head.status == 404) co_return "master";
  throw_status(answer, has_token());
}

asio::awaitable<net::Answer> Github::ask_api(std::string url) {
  net::DownloadOptions options = request_options();
  options.header("Accept", "application/vnd.github.v3+json");
  net::Answer answer = co_await net::async_fetch(client_, url, options);
  // A token without rights must not hide what everybody may see.
  if (has_token() && is_refusal_of_token(answer.head.status)) {
    net::DownloadOptions without = request_options(false);
    without.header("Accept", "application/vnd.github.v3+json");
    net::Answer anonymous = co_await net::async_fetch(client_, url, without);
    if (anonymous.head.is_success()) co_return anonymous;
  }
  co_return answer;
}

// Whether there is a ref of that full name, refs/heads/main.
asio::awaitable<bool> Github::has_ref(cache::RepositoryKey key, std::string full_ref) {
  const std::string url = api_url(key) + "/git/ref/" + full_ref.substr(full_ref.find('/') + 1);
  const net::Answer answer = co_await ask_api(url);
  if (is_absent(answer)) co_return false;
  if (!answer.head.is_success()) throw_status(answer, has_token());
  const std::string found = string_member(parse(answer), "ref");
  if (found.empty()) throw Error(errc::bad_answer, answer.url + ": the answer describes no ref");
  co_return found == full_ref;
}

// Whether a commit is reachable from a branch or a tag of the repository. It may be a fork's: those
// can be compared, too.
asio::awaitable<bool> Github::has_commit(cache::RepositoryKey key) {
  const std::string comparison = api_url(key) + "/compare/HEAD..." + key.ref + "?per_page=1";
  const net::Answer compared = co_await ask_api(comparison);
  if (compared.head.is_success()) {
    const std::string status = string_member(parse(compared), "status");
    // Seen from the default branch's head: it lies before it, or is it.
    if (status == "behind" || status == "identical") co_return true;
  } else if (!is_absent(compared)) {
    throw_status(compared, has_token());
  }
  const std::string page = web_url(key) + "/branch_commits/" + key.ref;
  net::DownloadOptions options = request_options();
  options.header("Accept", "application/json");
  const net::Answer listed = co_await net::async_fetch(client_, page, options);
  if (const std::optional<bool> is_named = names_a_branch(listed)) co_return *is_named;
  // The server has no such page: at least the heads can be looked at.
  for (const std::string kind : {"branches", "tags"}) {
    const bool found = co_await is_listed(kind, key);
    if (found) co_return true;
  }
  co_return false;
}

asio::awaitable<bool> Github::is_listed(std::string kind, cache::RepositoryKey key) {
  const std::string base = api_url(key) + '/' + kind;
  for (int page = 1; page <= kMaxPages; ++page) {
    const std::string url =
        base + "?per_page=" + std::to_string(kPageSize) + "&page=" + std::to_string(page);
    const net::Answer answer = co_await ask_api(url);
    if (answer.head.status == 404) {
      throw Error(errc::no_such_repository,
                  web_url(key) + " does not exist or is private (" + answer.url + " answered 404)");
    }
    if (!answer.head.is_success()) throw_status(answer, has_token());
    const json::value document = parse(answer);
    const json::array* const elements = document.if_array();
    if (!elements) throw Error(errc::bad_answer, answer.url + ": the answer is no list of " + kind);
    for (const json::value& element : *elements) {
      if (matches(element, key.ref)) co_return true;
    }
    if (elements->size() < kPageSize) co_return false;
  }
  co_return false;
}

asio::awaitable<bool> Github::check_ref(cache::RepositoryKey key) {
  const std::string& ref = key.ref;
  bool found = false;
  if (ref.starts_with(kHeads) || ref.starts_with(kTags)) {
    found = co_await has_ref(key, ref);
  } else {
    // GitHub has no branch or tag that looks like a whole commit id; a shorter one may be a date.
    const bool is_name = !is_commit(ref) || ref.size() < kCommitDigits;
    if (is_name) found = co_await has_ref(key, std::string(kHeads) + ref);
    if (is_name && !found) found = co_await has_ref(key, std::string(kTags) + ref);
    if (!found && is_commit(ref)) found = co_await has_commit(key);
  }
  if (found) co_return true;
  // Absent is also what a server without these requests says of everything.
  const net::Answer repository = co_await ask_api(api_url(key));
  if (!repository.head.is_success()) {
    for (const std::string kind : {"branches", "tags"}) {
      found = co_await is_listed(kind, key);
      if (found) co_return true;
    }
  }
  throw Error(errc::no_such_ref,
              "Cannot find " + ref + " in " + web_url(key) +
                  ". If it's a commit from a forked repo, name the forked repo instead.");
}

std::string Github::zipball_url(const cache::RepositoryKey& key) const {
  return web_url(key) + "/zipball/" + key.ref;
}

}  // namespace torchhub
