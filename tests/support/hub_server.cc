#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/test_ca.h>
#include <torchhub/tests/support/zip_builder.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace torchhub::tests {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

struct Ref {
  std::string name;
  std::string commit;
  std::filesystem::path folder;
};

struct Commit {
  std::string id;
  std::string ref;  ///< whose history it is in; "" for a fork's
};

struct RepositoryContent {
  std::vector<Ref> branches;
  std::vector<Ref> tags;
  std::vector<Commit> commits;
  std::string default_branch;  ///< "" for the first
  std::string token;           ///< "" if everybody may see it
  std::map<std::string, std::filesystem::path> releases;

  const Ref* find(const std::string& name) const {
    for (const std::vector<Ref>* refs : {&branches, &tags}) {
      for (const Ref& ref : *refs) {
        if (ref.name == name || "refs/heads/" + ref.name == name ||
            "refs/tags/" + ref.name == name || (name.size() >= 7 && ref.commit.starts_with(name))) {
          return &ref;
        }
      }
    }
    for (const Commit& commit : commits) {
      if (commit.id.starts_with(name)) return find(commit.ref.empty() ? head() : commit.ref);
    }
    return nullptr;
  }

  std::string head() const { return default_branch.empty() ? branches.at(0).name : default_branch; }

  // Whose history a commit is in; nothing for an unknown one.
  std::optional<std::string> ref_of_commit(const std::string& id) const {
    for (const Commit& commit : commits) {
      if (commit.id.starts_with(id)) return commit.ref;
    }
    for (const std::vector<Ref>* refs : {&branches, &tags}) {
      for (const Ref& ref : *refs) {
        if (ref.commit.starts_with(id)) return ref.name;
      }
    }
    return std::nullopt;
  }
};

Response make_response(http::status status, std::string body,
                       std::string_view type = "text/plain") {
  Response response{status, 11};
  response.set(http::field::content_type, type);
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

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
      '"' + HubServer::commit(path.filename().string(), std::to_string(content.size())) + '"');
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

}  // namespace

struct HubServer::Impl {
  Impl(Transport chosen, const std::string& names)
      : transport(chosen), certificate(make_server_certificate(names)) {
    tls.use_certificate_chain(asio::buffer(certificate.certificate));
    tls.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
    asio::co_spawn(io, accept_all(), asio::detached);
    thread = std::thread([this] { io.run(); });
  }

  std::string base_url() const {
    return (transport == Transport::tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(acceptor.local_endpoint().port());
  }

  asio::awaitable<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
      if (error) co_return;
      asio::co_spawn(io, serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    beast::tcp_stream plain(std::move(socket));
    if (transport == Transport::plain) {
      co_await converse(plain);
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> secure(std::move(plain), tls);
    auto [error] = co_await secure.async_handshake(asio::ssl::stream_base::server, kAsTuple);
    if (error) co_return;
    if (co_await converse(secure)) co_await secure.async_shutdown(kAsTuple);
  }

  // One request and its answer. Whether the connection is to be ended in an orderly way.
  template <class Stream>
  asio::awaitable<bool> converse(Stream& stream) {
    beast::flat_buffer buffer;
    Request request;
    auto [read_error, read] = co_await http::async_read(stream, buffer, request, kAsTuple);
    if (read_error) co_return false;
    const std::optional<CannedAnswer> canned = record(request);
    if (canned && canned->silent) {
      // Nothing is ever said; the connection lives as long as the server.
      asio::steady_timer forever(io, asio::steady_timer::time_point::max());
      co_await forever.async_wait(kAsTuple);
      co_return false;
    }
    if (canned && !canned->raw.empty()) {
      co_await asio::async_write(stream, asio::buffer(canned->raw), kAsTuple);
      co_return false;
    }
    Response response = canned ? from_canned(*canned) : respond(request);
    co_await http::async_write(stream, response, kAsTuple);
    co_return true;
  }

  std::optional<CannedAnswer> record(const Request& request) {
    const std::lock_guard lock(mutex);
    const std::string target(request.target());
    recorded.push_back({target, std::string(request[http::field::authorization]),
                        std::string(request[http::field::user_agent])});
    if (const auto found = authorized_answers.find(target);
        found != authorized_answers.end() && !recorded.back().authorization.empty())
      return found->second;
    if (const auto found = canned_answers.find(target); found != canned_answers.end())
      return found->second;
    const auto found = canned_answers.find(target.substr(0, target.find('?')));
    return found == canned_answers.end() ? std::nullopt
                                         : std::optional<CannedAnswer>(found->second);
  }

  static Response from_canned(const CannedAnswer& canned) {
    Response response = make_response(static_cast<http::status>(canned.status), canned.body);
    for (const auto& [name, value] : canned.headers) response.set(name, value);
    return response;
  }

  Response respond(const Request& request) {
    const std::lock_guard lock(mutex);
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
    const RepositoryContent& content = found->second;
    if (!is_codeload && !content.token.empty() &&
        request[http::field::authorization] != "token " + content.token)
      return not_found();
    if (parts.size() == 2) return describe(content);
    const std::string kind = parts[2];
    // A ref may hold slashes.
    std::string rest;
    for (std::size_t i = 3; i < parts.size(); ++i) rest += (i > 3 ? "/" : "") + parts[i];

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
                   base_url() + "/codeload/" + repository + "/legacy.zip/" + rest);
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

  static std::string without_slash(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
  }

  static Response json_response(const json::value& document) {
    return make_response(http::status::ok, json::serialize(document), "application/json");
  }

  static Response describe(const RepositoryContent& content) {
    return json_response({{"default_branch", content.head()}});
  }

  // `name` is heads/main or tags/v1.
  static Response describe_ref(const RepositoryContent& content, const std::string& name) {
    const bool is_branch = name.starts_with("heads/");
    for (const Ref& ref : is_branch ? content.branches : content.tags) {
      if ((is_branch ? "heads/" : "tags/") + ref.name != name) continue;
      return json_response({{"ref", "refs/" + name}, {"object", {{"sha", ref.commit}}}});
    }
    return not_found();
  }

  // `names` is HEAD...COMMIT.
  static Response compare(const RepositoryContent& content, const std::string& names) {
    const std::string id = names.substr(names.find("...") + 3);
    const std::optional<std::string> ref = content.ref_of_commit(id);
    if (!ref) return not_found();
    if (*ref != content.head()) return json_response({{"status", "diverged"}});
    const bool is_head = content.find(*ref)->commit.starts_with(id);
    return json_response({{"status", is_head ? "identical" : "behind"}});
  }

  static Response list_branches_of(const RepositoryContent& content, const std::string& id) {
    const std::optional<std::string> ref = content.ref_of_commit(id);
    if (!ref) return not_found();
    json::array branches;
    if (!ref->empty()) branches.push_back(json::object{{"branch", *ref}});
    return json_response({{"branches", std::move(branches)}, {"tags", json::array()}});
  }

  static Response list_page(const std::vector<Ref>& refs, const std::string& query) {
    const std::size_t per_page =
        std::clamp<std::size_t>(query_number(query, "per_page", 30), 1, 100);
    const std::size_t page = std::max<std::size_t>(query_number(query, "page", 1), 1);
    json::array elements;
    for (std::size_t i = (page - 1) * per_page; i < std::min(page * per_page, refs.size()); ++i) {
      const std::string& sha = refs[i].commit;
      elements.push_back(
          json::object{{"name", refs[i].name}, {"commit", json::object{{"sha", sha}}}});
    }
    return json_response(std::move(elements));
  }

  static Response archive_of(const std::string& repository, const RepositoryContent& content,
                             const std::string& name) {
    const Ref* const ref = content.find(name);
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

  const Transport transport;
  const ServerCertificate certificate;
  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  mutable std::mutex mutex;
  std::map<std::string, RepositoryContent> repositories;
  std::map<std::string, CannedAnswer> canned_answers;
  std::map<std::string, CannedAnswer> authorized_answers;
  std::vector<RecordedRequest> recorded;
  std::thread thread;
};

HubServer::HubServer(Transport transport, const std::string& names)
    : impl_(std::make_unique<Impl>(transport, names)) {}

HubServer::~HubServer() {
  impl_->io.stop();
  impl_->thread.join();
}

void HubServer::add_branch(const std::string& repository, const std::string& ref,
                           const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].branches.push_back({ref, commit(repository, ref), folder});
}

void HubServer::add_tag(const std::string& repository, const std::string& ref,
                        const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].tags.push_back({ref, commit(repository, ref), folder});
}

void HubServer::add_commit(const std::string& repository, const std::string& name,
                           const std::string& ref) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].commits.push_back({commit(repository, name), ref});
}

void HubServer::set_default_branch(const std::string& repository, const std::string& ref) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].default_branch = ref;
}

void HubServer::set_private(const std::string& repository, const std::string& token) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].token = token;
}

void HubServer::add_release(const std::string& repository, const std::string& tag,
                            const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].releases[tag] = folder;
}

void HubServer::answer(const std::string& target, CannedAnswer answer) {
  const std::lock_guard lock(impl_->mutex);
  impl_->canned_answers[target] = std::move(answer);
}

void HubServer::answer_authorized(const std::string& target, CannedAnswer answer) {
  const std::lock_guard lock(impl_->mutex);
  impl_->authorized_answers[target] = std::move(answer);
}

std::string HubServer::url() const { return impl_->base_url(); }

std::string HubServer::api_url() const { return impl_->base_url() + "/api/v3"; }

const std::string& HubServer::authority() const { return impl_->certificate.authority; }

std::string HubServer::commit(const std::string& repository, const std::string& ref) {
  const std::string text = repository + ':' + ref;
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digest);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < 20; ++i) id += {kDigits[digest[i] >> 4], kDigits[digest[i] & 15]};
  return id;
}

std::vector<RecordedRequest> HubServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->recorded;
}

std::size_t HubServer::count_requests(const std::string& part) const {
  const std::vector<RecordedRequest> all = requests();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(),
      [&](const RecordedRequest& request) { return request.target.find(part) != part.npos; }));
}

}  // namespace torchhub::tests
