#ifndef TORCHHUB_TESTS_SUPPORT_GITHUB_ANSWERS_H_
#define TORCHHUB_TESTS_SUPPORT_GITHUB_ANSWERS_H_
// What GitHub answers about its repositories, for folders that stand in for them: archives behind a
// redirect, pages of /tree/, its API's repositories, refs, comparisons, branches and tags, the files of
// releases.
//
//   tests::GithubRepositories repositories;
//   repositories["acme/digits"].branches.push_back({"main", tests::made_up_id("1"), "hub/examples/digits"});
//   response = tests::answer_as_github(repositories, "http://127.0.0.1:8080", request);

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::tests {

using Request = boost::beast::http::request<boost::beast::http::empty_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

struct GithubRef {
  std::string name;
  std::string commit;
  std::filesystem::path folder;
};

struct GithubCommit {
  std::string id;
  std::string ref;  ///< whose history it is in; "" for a fork's
};

struct GithubRepository {
  std::vector<GithubRef> branches;
  std::vector<GithubRef> tags;
  std::vector<GithubCommit> commits;
  std::string default_branch;  ///< "" for the first
  std::string token;           ///< "" if everybody may see it
  std::map<std::string, std::filesystem::path> releases;

  /// The branch, tag or commit of that name; null for none.
  const GithubRef* find(const std::string& name) const;
  /// The default branch.
  std::string head() const { return default_branch.empty() ? branches.at(0).name : default_branch; }
  /// Whose history a commit is in, "" for a fork's; nothing for an unknown one.
  std::optional<std::string> ref_of_commit(const std::string& id) const;
};

/// By OWNER/NAME.
using GithubRepositories = std::map<std::string, GithubRepository>;

/// The answer of a server at `base_url`. Reads the folders that `repositories` name.
Response answer_as_github(const GithubRepositories& repositories, const std::string& base_url,
                          const Request& request);

Response make_response(boost::beast::http::status status, std::string body,
                       std::string_view type = "text/plain");

/// 40 digits, as a commit has, made of `text`.
std::string made_up_id(const std::string& text);

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_GITHUB_ANSWERS_H_
