#include <torchhub/tests/support/github_answers.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace torchhub::tests {
namespace {

namespace http = boost::beast::http;
namespace json = boost::json;

Response not_found() {
  return make_response(http::status::not_found, R"({"message": "Not Found"})", "application/json");
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The number that `name` has in a query, or `otherwise`.
std::size_t query_number(std::string_view query, std::string_view name, std::size_t otherwise) {
  for (const std::string& pair : split(query, '&')) {
    if (!pair.starts_with(std::string(name) + "=")) continue;
    std::size_t value = otherwise;
    std::from_chars(pair.data() + name.size() + 1, pair.data() + pair.size(), value);
    return value;
  }
  return otherwise;
}

// RFC 9110 section 14: one range of a file, as storage servers serve it.
Response serve_file(const std::filesystem::path& path, const Request& request) {
  const std::string content = read_file(path);
  Response response{http::status::ok, 11};
  response.set(http::field::accept_ranges, "bytes");
  response.set(
      http::field::etag,
      '"' + made_up_id(path.filename().string() + ':' + std::to_string(content.size())) + '"');
  const std::string range(request[http::field::range]);
  std::size_t first = 0;
  std::size_t last = content.empty() ? 0 : content.size() - 1;
  if (range.starts_with("bytes=")) {
    const std::vector<std::string> ends = split(std::string_view(range).substr(6), '-');
    std::from_chars(ends[0].data(), ends[0].data() + ends[0].size(), first);
    if (ends.size() > 1 && !ends[1].empty())
      std::from_chars(ends[1].data(), ends[1].data() + ends[1].size(), last);
    last = std::min(last, content.size() - 1);
    if (first > last) {
      response.result(http::status::range_not_satisfiable);
      response.set(http::field::content_range, "bytes */" + std::to_string(content.size()));
      response.prepare_payload();
      return response;
    }
    response.result(http::status::partial_content);
    response.set(http::field::content_range, "bytes " + std::to_string(first) + '-' +
                                                 std::to_string(last) + '/' +
                                                 std::to_string(content.size()));
  }
  response.body() = content.empty() ? "" : content.substr(first, last - first + 1);
  response.prepare_payload();
  return response;
}

// Percent-decoded, as a server does with a path.
std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      plain += static_cast<char>(byte);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string without_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

Response json_response(const json::value& document) {
  return make_response(http::status::ok, json::serialize(document), "application/json");
}

Response describe(const GithubRepository& content) {
  return json_response({{"default_branch", content.head()}});
}

// `name` is heads/main or tags/v1.
Response describe_ref(const GithubRepository& content, const std::string& name) {
  const bool is_branch = name.starts_with("heads/");
  for (const GithubRef& ref : is_branch ? content.branches : content.tags) {
    if ((is_branch ? "heads/" : "tags/") + ref.name != name) continue;
    return json_response({{"ref", "refs/" + name}, {"object", {{"sha", ref.commit}}}});
  }
  return not_found();
}

// `names` is HEAD...COMMIT.
Response compare(const GithubRepository& content, const std::string& names) {
  const std::string id = names.substr(names.find("...") + 3);
  const std::optional<std::string> ref = content.ref_of_commit(id);
  if (!ref) return not_found();
  if (*ref != content.head()) return json_response({{"status", "diverged"}});
  const bool is_head = content.find(*ref)->commit.starts_with(id);
  return json_response({{"status", is_head ? "identical" : "behind"}});
}

Response list_branches_of(const GithubRepository& content, const std::string& id) {
  const std::optional<std::string> ref = content.ref_of_commit(id);
  if (!ref) return not_found();
  json::array branches;
  if (!ref->empty()) branches.push_back(json::object{{"branch", *ref}});
  return json_response({{"branches", std::move(branches)}, {"tags", json::array()}});
}

Response list_page(const std::vector<GithubRef>& refs, const std::string& query) {
  const std::size_t per_page = std::clamp<std::size_t>(query_number(query, "per_page", 30), 1, 100);
  const std::size_t page = std::max<std::size_t>(query_number(query, "page", 1), 1);
  json::array elements;
  for (std::size_t i = (page - 1) * per_page; i < std::min(page * per_page, refs.size()); ++i) {
    const std::string& sha = refs[i].commit;
    elements.push_back(
        json::object{{"name", refs[i].name}, {"commit", json::object{{"sha", sha}}}});
  }
  return json_response(std::move(elements));
}

Response archive_of(const std::string& repository, const GithubRepository& content,
                    const std::string& name) {
  const GithubRef* const ref = content.find(name);
  if (!ref) return not_found();
  const std::string& id = ref->commit;
  std::string top = repository + '-' + id.substr(0, 7);
  std::replace(top.begin(), top.end(), '/', '-');
  Response response{http::status::ok, 11};
  response.set(http::field::content_type, "application/zip");
  response.body() = zip_folder(ref->folder, top, id);
  response.chunked(true);
  return response;
}

}  // namespace

const GithubRef* GithubRepository::find(const std::string& name) const {
  for (const std::vector<GithubRef>* refs : {&branches, &tags}) {
    for (const GithubRef& ref : *refs) {
      if (ref.name == name || "refs/heads/" + ref.name == name || "refs/tags/" + ref.name == name ||
          (name.size() >= 7 && ref.commit.starts_with(name))) {
        return &ref;
      }
    }
  }
  for (const GithubCommit& commit : commits) {
    if (commit.id.starts_with(name)) return find(commit.ref.empty() ? head() : commit.ref);
  }
  return nullptr;
}

std::optional<std::string> GithubRepository::ref_of_commit(const std::string& id) const {
  for (const GithubCommit& commit : commits) {
    if (commit.id.starts_with(id)) return commit.ref;
  }
  for (const std::vector<GithubRef>* refs : {&branches, &tags}) {
    for (const GithubRef& ref : *refs) {
      if (ref.commit.starts_with(id)) return ref.name;
    }
  }
  return std::nullopt;
}

Response make_response(http::status status, std::string body, std::string_view type) {
  Response response{status, 11};
  response.set(http::field::content_type, type);
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

std::string made_up_id(const std::string& text) {
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digest);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < 20; ++i) id += {kDigits[digest[i] >> 4], kDigits[digest[i] & 15]};
  return id;
}

Response answer_as_github(const GithubRepositories& repositories, const std::string& base_url,
                          const Request& request) {
  const std::string target(request.target());
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = target.size() > path.size() ? target.substr(path.size() + 1) : "";
  std::vector<std::string> parts = split(std::string_view(path).substr(1), '/');
  const bool is_api =
      parts.size() > 3 && parts[0] == "api" && parts[1] == "v3" && parts[2] == "repos";
  if (is_api) parts.erase(parts.begin(), parts.begin() + 3);
  const bool is_codeload = !is_api && parts.size() > 4 && parts[0] == "codeload";
  if (is_codeload) parts.erase(parts.begin());
  if (parts.size() < (is_api ? 2u : 3u)) return not_found();
  const std::string repository = parts[0] + '/' + parts[1];
  const auto found = repositories.find(repository);
  if (found == repositories.end()) return not_found();
  const GithubRepository& content = found->second;
  if (!is_codeload && !content.token.empty() &&
      request[http::field::authorization] != "token " + content.token)
    return not_found();
  if (parts.size() == 2) return describe(content);
  const std::string kind = parts[2];
  // A ref may hold slashes.
  std::string rest;
  for (std::size_t i = 3; i < parts.size(); ++i) rest += (i > 3 ? "/" : "") + decoded(parts[i]);

  if (is_api && kind == "branches") return list_page(content.branches, query);
  if (is_api && kind == "tags") return list_page(content.tags, query);
  if (is_api && kind == "git" && parts.size() > 5 && parts[3] == "ref")
    return describe_ref(content, rest.substr(rest.find('/') + 1));
  if (is_api && kind == "compare") return compare(content, rest);
  if (kind == "branch_commits") return list_branches_of(content, rest);
  if (is_codeload && kind == "legacy.zip") return archive_of(repository, content, rest);
  if (kind == "tree")
    return content.find(without_slash(rest))
               ? make_response(http::status::ok, "a page", "text/html")
               : not_found();
  if (kind == "zipball") {
    if (!content.find(rest)) return not_found();
    Response response = make_response(http::status::found, "");
    response.set(http::field::location,
                 base_url + "/codeload/" + path.substr(1, repository.size()) + "/legacy.zip/" +
                     path.substr(path.find("/zipball/") + std::string_view("/zipball/").size()));
    return response;
  }
  if (kind == "releases" && parts.size() == 6 && parts[3] == "download") {
    const auto release = content.releases.find(parts[4]);
    if (release == content.releases.end() ||
        !std::filesystem::is_regular_file(release->second / parts[5]))
      return not_found();
    return serve_file(release->second / parts[5], request);
  }
  return not_found();
}

}  // namespace torchhub::tests
