#ifndef TORCHHUB_TESTS_SUPPORT_HUB_SERVER_H_
#define TORCHHUB_TESTS_SUPPORT_HUB_SERVER_H_
// A server that answers as GitHub does, on 127.0.0.1, over HTTPS with an authority of its own: zip
// archives behind a redirect and without a length, /tree/, repositories, refs, comparisons, branches and
// tags in pages, release files with ranges and ETags. It serves folders as repositories.
//
//   tests::HubServer server;
//   server.add_branch("acme/digits", "main", "hub/examples/digits");
//   setenv("GITHUB_SERVER_URL", server.url().c_str(), 1);
//   setenv("GITHUB_API_URL", server.api_url().c_str(), 1);
//
// Canned answers stand in where a test needs a server that lies or fails.
// Thread safety: all functions may be called while it serves.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace torchhub::tests {

/// One answer given instead of the server's own.
struct CannedAnswer {
  unsigned status = 200;
  std::string body = "";
  std::map<std::string, std::string> headers = {};
  std::string raw = "";  ///< these bytes, then the end of the connection; the rest does not count
  bool silent = false;   ///< no byte at all, and the connection stays open
};

struct RecordedRequest {
  std::string target;
  std::string authorization;  ///< the header's value, "" without one
  std::string user_agent;
};

class HubServer {
 public:
  enum class Transport { tls, plain };

  /// `names` are those that the certificate is for, in OpenSSL's notation.
  explicit HubServer(Transport transport = Transport::tls,
                     const std::string& names = "IP:127.0.0.1,DNS:localhost");
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;
  ~HubServer();

  /// `repository` is OWNER/NAME; `folder` holds its files at that branch or tag.
  void add_branch(const std::string& repository, const std::string& ref,
                  const std::filesystem::path& folder);
  void add_tag(const std::string& repository, const std::string& ref,
               const std::filesystem::path& folder);
  /// A commit before the head of a branch or tag, whose files it has: the id that commit() makes of
  /// `name`. Without a ref, one that only a fork has.
  void add_commit(const std::string& repository, const std::string& name, const std::string& ref);
  void set_default_branch(const std::string& repository, const std::string& ref);
  /// Files attached to the release of a tag.
  void add_release(const std::string& repository, const std::string& tag,
                   const std::filesystem::path& folder);
  /// Hides a repository, as GitHub does, from requests without `Authorization: token TOKEN`. Its archives are there
  /// for all, once their address is known.
  void set_private(const std::string& repository, const std::string& token);
  /// Says `answer` to every request for `target`, with or without its query.
  void answer(const std::string& target, CannedAnswer answer);
  /// The same to requests that carry a token only.
  void answer_authorized(const std::string& target, CannedAnswer answer);
  /// The same to the next of them alone.
  void answer_once(const std::string& target, CannedAnswer answer);

  std::string url() const;      ///< https://127.0.0.1:PORT
  std::string api_url() const;  ///< url()/api/v3, as an enterprise server has it
  /// The authority's certificate, in PEM.
  const std::string& authority() const;

  /// The commit that a branch or tag stands at: 40 digits made of its names.
  static std::string commit(const std::string& repository, const std::string& ref);

  /// Every request so far, in order.
  std::vector<RecordedRequest> requests() const;
  /// How many of them asked for a target that holds `part`.
  std::size_t count_requests(const std::string& part) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_HUB_SERVER_H_
