#include <torchhub/hub/error.h>
#include <torchhub/hub/github.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/net/error.h>
#include <torchhub/net/refusal.h>
#include <torchhub/net/retry.h>
#include <torchhub/net/url.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

namespace torchhub {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr int kPageSize = 100;  // the most that the API gives at once
constexpr int kMaxPages = 1000;
constexpr std::size_t kMinCommitDigits = 7;  // git's own abbreviation
constexpr std::size_t kCommitDigits = 40;
// The longest secondary limit that is waited for, and all waits of one repository together.
constexpr std::chrono::seconds kMaxWait{60};
constexpr int kMaxWaits = 3;
constexpr const char* kApiType = "application/vnd.github.v3+json";

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

// GitHub's limits, the secondary one among them, come as 429 or as a 403 of a kind of its own.
bool is_limit(const net::ResponseHead& head) {
  return head.status == 429 || (head.status == 403 && (head.find("x-ratelimit-remaining") == "0" ||
                                                       head.find("retry-after").has_value()));
}

std::string status_text(const net::Answer& answer) {
  const std::string message = string_member(parse(answer), "message");
  return std::to_string(answer.head.status) + " " +
         (message.empty() ? answer.head.reason : message);
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

net::DownloadOptions Github::anonymous_options() const {
  net::DownloadOptions options;
  if (end_) options.deadline(*end_ - Clock::now());
  return options;
}

net::DownloadOptions Github::request_options() const {
  net::DownloadOptions options = anonymous_options();
  // As with torch.hub, the token is all that GitHub is told: a stale password would hide what is public.
  options.netrc(false);
  if (has_token()) options.secret_header("Authorization", "token " + endpoints_.token);
  return options;
}

void Github::drop_token(std::string why) {
  endpoints_.token.clear();
  refusal_ = std::move(why);
}

std::string Github::refusal_note() const {
  return refusal_.empty() ? "" : " (GITHUB_TOKEN was left out: " + refusal_ + ")";
}

void Github::throw_status(const net::Answer& answer) const {
  const std::string sentence = answer.url + ": the server answered " + status_text(answer);
  if (!is_limit(answer.head))
    throw net::Error(net::errc_of_status(answer.head.status), sentence + refusal_note(),
                     std::make_shared<const net::Refusal>(net::Refusal{answer.head, answer.body}));
  const bool is_higher_with_token = !has_token() && refusal_.empty();
  throw Error(errc::rate_limited,
              sentence + end_of_limit(answer.head) + refusal_note() +
                  (is_higher_with_token ? "; with a token in GITHUB_TOKEN it is higher" : ""));
}

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
    if (!branch.empty() && !is_ref(branch))
      throw Error(errc::bad_answer, answer.url + ": no branch can be called \"" + branch + '"');
  } catch (const net::Error&) {
    if (end_ && Clock::now() >= *end_) throw;
    // The web is another server; what it says counts.
  }
  if (!branch.empty()) co_return DefaultRef(branch, true);
  branch = co_await probe_main(owner, name);
  const bool is_there = branch == "main";
  co_return DefaultRef(branch, is_there);
}

asio::awaitable<std::string> Github::probe_main(std::string owner, std::string name) {
  const std::string url = web_url({owner, name, ""}) + "/tree/main/";
  const net::Answer answer = co_await ask(url, "text/html");
  if (answer.head.is_success()) co_return "main";
  if (answer.head.status == 404) co_return "master";
  throw_status(answer);
}

asio::awaitable<net::Answer> Github::ask_api(std::string url) { return ask(url, kApiType); }

asio::awaitable<net::Answer> Github::ask(std::string url, std::string type) {
  const net::Answer answer = co_await ask_patiently(url, type, true);
  if (!has_token()) co_return answer;
  const unsigned status = answer.head.status;
  if (answer.head.is_success()) token_was_taken_ = true;
  // A 403 may be about one thing that the token may not do, and a 404 is what GitHub says of all that
  // it may not see; either is the truth where the token was good before.
  const bool is_limited = is_limit(answer.head);
  const bool is_refused = status == 401 || (status == 403 && !is_limited && !token_was_taken_);
  const bool may_be_hidden = status == 404 && !token_was_taken_;
  if (!is_refused && !may_be_hidden && !is_limited && status != 403) co_return answer;
  net::Answer anonymous = co_await ask_patiently(url, type, false);
  const bool is_better = anonymous.head.is_success();
  if (is_refused || (may_be_hidden && is_better))
    drop_token("the answer to it was " + status_text(answer));
  if (is_better || (is_refused && !is_limit(anonymous.head))) co_return anonymous;
  co_return answer;
}

// Waits for a limit that ends soon, and asks again.
asio::awaitable<net::Answer> Github::ask_patiently(std::string url, std::string type,
                                                   bool with_token) {
  for (;;) {
    net::DownloadOptions options = with_token ? request_options() : anonymous_options();
    options.header("Accept", type);
    const net::Answer answer = co_await net::async_fetch(client_, url, options);
    if (!is_limit(answer.head)) co_return answer;
    const auto pause = net::retry_after(answer.head, std::chrono::system_clock::now());
    const bool is_too_late = pause && end_ && Clock::now() + *pause >= *end_;
    if (!pause || is_too_late || *pause > kMaxWait - waited_ || waits_ == kMaxWaits)
      co_return answer;
    ++waits_;
    waited_ += *pause;
    if (on_message_)
      on_message_(answer.url + ": the server answered " + status_text(answer) +
                  "; it is asked again in " + std::to_string(pause->count()) + " s");
    asio::steady_timer timer(co_await asio::this_coro::executor, *pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Whether there is a ref of that full name, refs/heads/main.
asio::awaitable<bool> Github::has_ref(cache::RepositoryKey key, std::string full_ref) {
  const std::string url =
      api_url(key) + "/git/ref/" + ref_in_url(full_ref.substr(full_ref.find('/') + 1));
  const net::Answer answer = co_await ask_api(url);
  if (is_absent(answer)) co_return false;
  if (!answer.head.is_success()) throw_status(answer);
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
    throw_status(compared);
  }
  const std::string page = web_url(key) + "/branch_commits/" + key.ref;
  const net::Answer listed = co_await ask(page, "application/json");
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
      throw Error(errc::no_such_repository, net::redact_url(web_url(key)) +
                                                " does not exist or is private (" + answer.url +
                                                " answered 404)" + refusal_note());
    }
    if (!answer.head.is_success()) throw_status(answer);
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
              "Cannot find " + ref + " in " + net::redact_url(web_url(key)) +
                  ". If it's a commit from a forked repo, name the forked repo instead." +
                  refusal_note());
}

std::string Github::zipball_url(const cache::RepositoryKey& key) const {
  return web_url(key) + "/zipball/" + ref_in_url(key.ref);
}

}  // namespace torchhub
