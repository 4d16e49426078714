// Repositories fetched from a server that answers as GitHub does, and kept.

#include <torchhub/archive/error.h>
#include <torchhub/cache/trust_list.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/trust.h>
#include <torchhub/net/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::Failure;
using tests::failure_of;
using tests::HubServer;

class RepositoryTest : public testing::Test {
 protected:
  RepositoryTest() {
    tests::write_file(home_ / "main/hubconf.py", "def main_model(): pass\n");
    tests::write_file(home_ / "v1/hubconf.py", "def v1_model(): pass\n");
    server_.add_branch("acme/digits", "main", home_ / "main");
    server_.add_tag("acme/digits", "v1", home_ / "v1");
    tests::write_file(home_ / "ca.pem", server_.authority());
    setenv("SSL_CERT_FILE", (home_ / "ca.pem").c_str(), 1);
  }
  ~RepositoryTest() override { unsetenv("SSL_CERT_FILE"); }

  Context context_for(const HubServer& server) {
    Context context(paths_);
    GithubEndpoints github;
    github.web = server.url();
    github.api = server.api_url();
    github.token = token_;
    context.github(github);
    context.on_message([this](std::string_view text) { messages_ += std::string(text) + "\n"; });
    return context;
  }

  Repository get(std::string_view name, const FetchOptions& options = FetchOptions()) {
    return get_repository(context_for(server_), name, options);
  }

  Failure failure(std::string_view name) {
    return failure_of([&] { get(name); });
  }

  std::vector<std::string> targets() const {
    std::vector<std::string> targets;
    for (const tests::RecordedRequest& request : server_.requests())
      targets.push_back(request.target);
    return targets;
  }

  // What was asked of the API about a repository.
  std::vector<std::string> api_targets() const {
    std::vector<std::string> asked;
    for (const std::string& target : targets()) {
      if (!target.starts_with("/api/v3/repos/")) continue;
      const std::size_t repository = target.find('/', std::string("/api/v3/repos/").size());
      asked.push_back(target.substr(target.find('/', repository + 1)));
    }
    return asked;
  }

  // Nothing that a reader of the cache could take for a repository, and nothing half-made.
  void expect_empty_cache() {
    for (const auto& entry : fs::recursive_directory_iterator(paths_.hub_dir())) {
      const bool is_lock = entry.path().extension() == ".lock";
      EXPECT_TRUE(entry.is_directory() || is_lock) << entry.path();
      EXPECT_NE(entry.path().parent_path().filename(), "staging") << entry.path();
      EXPECT_NE(entry.path().parent_path().filename(), "untrusted") << entry.path();
    }
  }

  tests::TempFolder home_;
  cache::TorchPaths paths_{home_ / "hub"};
  HubServer server_;
  std::string token_;
  std::string messages_;
};

TEST_F(RepositoryTest, IsFetchedOnce) {
  const Repository first = get("acme/digits:v1");
  EXPECT_EQ(tests::read_file(first.folder / "hubconf.py"), "def v1_model(): pass\n");
  EXPECT_EQ(first.commit, HubServer::commit("acme/digits", "v1"));
  EXPECT_THAT(messages_,
              HasSubstr("Downloading: \"" + server_.url() + "/acme/digits/zipball/v1\""));
  const std::size_t requests = server_.requests().size();
  const Repository second = get("acme/digits:v1");
  EXPECT_EQ(second.folder, first.folder);
  EXPECT_EQ(second.commit, first.commit);
  EXPECT_EQ(server_.requests().size(), requests);
  EXPECT_THAT(messages_, HasSubstr("Using cache found in " + first.folder.string()));
}

TEST_F(RepositoryTest, WithoutARefMeansTheDefaultBranchAndThatIsRemembered) {
  EXPECT_EQ(get("acme/digits").key.ref, "main");
  const std::size_t requests = server_.requests().size();
  EXPECT_EQ(get("acme/digits").key.ref, "main");
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(RepositoryTest, MayHaveMasterForItsDefaultBranch) {
  server_.add_branch("acme/old", "master", home_ / "v1");
  EXPECT_EQ(get("acme/old").key.ref, "master");
}

TEST_F(RepositoryTest, WaitsApartUntilItIsTrusted) {
  const Repository repository = get("acme/digits:main");
  EXPECT_EQ(repository.folder, paths_.untrusted_repository(repository.key));
  EXPECT_FALSE(fs::exists(paths_.repository(repository.key)));
  EXPECT_FALSE(is_trusted(context_for(server_), repository.key));
  cache::add_to_trust_list(paths_.trusted_list(), "acme_digits");
  EXPECT_EQ(get("acme/digits:v1").folder, paths_.repository({"acme", "digits", "v1"}));
}

TEST_F(RepositoryTest, IsFetchedAnewWhereAnotherOneHasItsName) {
  const fs::path main = get("acme/digits:main").folder;
  const fs::path v1 = get("acme/digits:v1").folder;
  fs::rename(main, paths_.untrusted() / "aside");
  fs::rename(v1, main);
  EXPECT_EQ(tests::read_file(get("acme/digits:main").folder / "hubconf.py"),
            "def main_model(): pass\n");
  // Of one that nothing is written down of, too, nobody knows what it is.
  fs::remove_all(paths_.repository_record("any").parent_path());
  tests::write_file(main / "hubconf.py", "def other(): pass\n");
  EXPECT_EQ(tests::read_file(get("acme/digits:main").folder / "hubconf.py"),
            "def main_model(): pass\n");
}

TEST_F(RepositoryTest, IsFetchedAnewWhereAnybodyCanGiveItsNameToAnotherOne) {
  cache::add_to_trust_list(paths_.trusted_list(), "acme_digits");
  const fs::path main = get("acme/digits:main").folder;
  ASSERT_EQ(main, paths_.repository({"acme", "digits", "main"}));
  std::this_thread::sleep_for(
      std::chrono::milliseconds(20));  // folders are told apart by their times
  fs::remove_all(main);
  // As Python's torch.hub does where it is told to.
  tests::write_file(main / "hubconf.py", "def other(): pass\n");
  const auto found = [&] {
    return tests::read_file(get("acme/digits:main").folder / "hubconf.py");
  };
  EXPECT_EQ(found(), "def other(): pass\n");
  fs::permissions(paths_.hub_dir(), fs::perms(01777));
  EXPECT_EQ(found(), "def other(): pass\n");
  fs::permissions(paths_.hub_dir(), fs::perms(0777));
  EXPECT_EQ(found(), "def main_model(): pass\n");
}

TEST_F(RepositoryTest, MayBeAFolder) {
  const Repository local = get((home_ / "v1").string(), FetchOptions().source(Source::local));
  EXPECT_TRUE(local.is_local());
  EXPECT_EQ(local.folder, home_ / "v1");
  EXPECT_EQ(server_.requests().size(), 0u);
  // Who names it trusts it.
  Repository same = local;
  EXPECT_EQ(TrustGate::admit(context_for(server_), same, TrustRepo::no).folder(), home_ / "v1");
}

TEST_F(RepositoryTest, IsUsedWherePythonLeftIt) {
  tests::write_file(paths_.hub_dir() / "acme_digits_main/hubconf.py", "def from_python(): pass\n");
  const Repository repository = get("acme/digits:main");
  EXPECT_EQ(tests::read_file(repository.folder / "hubconf.py"), "def from_python(): pass\n");
  EXPECT_EQ(repository.commit, "");
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(RepositoryTest, IsFetchedWherePythonLeftHalfOfIt) {
  tests::write_file(paths_.hub_dir() / "acme_digits_main/README.md", "half");
  cache::add_to_trust_list(paths_.trusted_list(), "acme_digits");
  const Repository repository = get("acme/digits:main");
  EXPECT_EQ(repository.folder, paths_.repository(repository.key));
  EXPECT_EQ(tests::read_file(repository.folder / "hubconf.py"), "def main_model(): pass\n");
  EXPECT_FALSE(fs::exists(repository.folder / "README.md"));
}

TEST_F(RepositoryTest, IsFetchedAnewOnRequest) {
  get("acme/digits");
  tests::write_file(home_ / "main/hubconf.py", "def changed(): pass\n");
  const Repository again = get("acme/digits", FetchOptions().force_reload(true));
  EXPECT_EQ(tests::read_file(again.folder / "hubconf.py"), "def changed(): pass\n");
  EXPECT_EQ(server_.count_requests("/zipball/"), 2u);
}

TEST_F(RepositoryTest, StaysAsItWasWhenFetchingItAnewFails) {
  get("acme/digits:main");
  server_.answer("/acme/digits/zipball/main", {.status = 500});
  EXPECT_EQ(failure_of([&] { get("acme/digits:main", FetchOptions().force_reload(true)); }).code,
            net::errc_of_status(500));
  EXPECT_EQ(tests::read_file(get("acme/digits:main").folder / "hubconf.py"),
            "def main_model(): pass\n");
}

TEST_F(RepositoryTest, WithoutARefCostsOneRequestBesideTheArchive) {
  server_.add_branch("acme/digits", "stable", home_ / "v1");
  server_.set_default_branch("acme/digits", "stable");
  EXPECT_EQ(get("acme/digits").key.ref, "stable");
  EXPECT_THAT(targets(), ElementsAre("/api/v3/repos/acme/digits", "/acme/digits/zipball/stable",
                                     "/codeload/acme/digits/legacy.zip/stable"));
}

TEST_F(RepositoryTest, IsMainOrMasterWhereTheApiCannotBeAsked) {
  server_.answer("/api/v3/repos/acme/digits", {.status = 403});
  EXPECT_EQ(get("acme/digits").key.ref, "main");
  EXPECT_EQ(server_.count_requests("/acme/digits/tree/main/"), 1u);
  server_.add_branch("acme/old", "master", home_ / "v1");
  server_.answer("/api/v3/repos/acme/old", {.status = 503});
  EXPECT_EQ(get("acme/old").key.ref, "master");
}

TEST_F(RepositoryTest, IsCheckedByOneRequestForABranchAndTwoForATag) {
  for (int i = 0; i < 230; ++i)
    server_.add_branch("acme/busy", "branch" + std::to_string(i), home_ / "v1");
  server_.add_tag("acme/busy", "v1", home_ / "v1");
  get("acme/busy:branch229");
  EXPECT_THAT(api_targets(), ElementsAre("/git/ref/heads/branch229"));
  get("acme/busy:v1");
  EXPECT_THAT(api_targets(),
              ElementsAre("/git/ref/heads/branch229", "/git/ref/heads/v1", "/git/ref/tags/v1"));
  EXPECT_EQ(failure("acme/busy:branch230").code, errc::no_such_ref);
  EXPECT_EQ(failure("acme/busy:branc").code, errc::no_such_ref);
  EXPECT_EQ(server_.count_requests("per_page=100"), 0u);
}

TEST_F(RepositoryTest, MayBeNamedByItsWholeRef) {
  EXPECT_EQ(get("acme/digits:refs/tags/v1").folder.filename(), "acme_digits_refs_tags_v1");
  EXPECT_EQ(get("acme/digits:refs/heads/main").key.ref, "refs/heads/main");
  EXPECT_EQ(failure("acme/digits:refs/heads/v1").code, errc::no_such_ref);
}

TEST_F(RepositoryTest, MayBeNamedByACommitOfAnyAge) {
  server_.add_commit("acme/digits", "long ago", "main");
  const std::string old = HubServer::commit("acme/digits", "long ago");
  get("acme/digits:" + old);
  EXPECT_THAT(api_targets(), ElementsAre("/compare/HEAD..." + old + "?per_page=1"));
  EXPECT_EQ(server_.count_requests("/branch_commits/"), 0u);
  // Of a tag, which is not in the default branch.
  get("acme/digits:" + HubServer::commit("acme/digits", "v1"));
  EXPECT_EQ(server_.count_requests("/branch_commits/"), 1u);
  // Abbreviated, as torch.hub allows.
  EXPECT_EQ(get("acme/digits:" + old.substr(0, 10)).key.ref, old.substr(0, 10));
}

TEST_F(RepositoryTest, IsCheckedAgainstForks) {
  // GitHub serves a fork's commit under the parent's name; the archive is there, the ref is not.
  server_.add_commit("acme/digits", "foreign", "");
  const std::string foreign = HubServer::commit("acme/digits", "foreign");
  for (const std::string& name : {foreign, foreign.substr(0, 7)}) {
    const Failure refused = failure("acme/digits:" + name);
    EXPECT_EQ(refused.code, errc::no_such_ref);
    EXPECT_THAT(refused.sentence, HasSubstr("Cannot find " + name + " in "));
  }
  EXPECT_EQ(server_.count_requests("/zipball/"), 0u);
  expect_empty_cache();
  EXPECT_EQ(get("acme/digits:" + foreign, FetchOptions().skip_validation(true)).key.ref, foreign);
}

TEST_F(RepositoryTest, IsCheckedByItsHeadsWhereCommitsCannotBeLookedUp) {
  // No list of a commit's branches: what is no head of a branch or tag is refused.
  server_.add_commit("acme/digits", "foreign", "");
  const std::string foreign = HubServer::commit("acme/digits", "foreign");
  const std::string head = HubServer::commit("acme/digits", "v1");
  server_.answer("/acme/digits/branch_commits/" + foreign, {.status = 404});
  server_.answer("/acme/digits/branch_commits/" + head, {.body = "<html>"});
  EXPECT_EQ(failure("acme/digits:" + foreign).code, errc::no_such_ref);
  EXPECT_EQ(get("acme/digits:" + head).commit, head);
}

TEST_F(RepositoryTest, IsReadFromTheListOfBranchesInHtmlToo) {
  server_.add_commit("acme/digits", "on a branch", "v1");
  server_.add_commit("acme/digits", "foreign", "");
  const std::string known = HubServer::commit("acme/digits", "on a branch");
  const std::string foreign = HubServer::commit("acme/digits", "foreign");
  server_.answer("/acme/digits/branch_commits/" + known,
                 {.body = R"(<ul class="branches-list"><li class="branch"><a>dev</a></li></ul>)"});
  server_.answer("/acme/digits/branch_commits/" + foreign,
                 {.body = R"(<ul class="branches-list"><li class="pull-request"></li></ul>)"});
  EXPECT_EQ(get("acme/digits:" + known).key.ref, known);
  EXPECT_EQ(failure("acme/digits:" + foreign).code, errc::no_such_ref);
}

TEST_F(RepositoryTest, IsFoundByPagesOnAServerThatHasNothingElse) {
  for (int i = 0; i < 230; ++i)
    server_.add_branch("acme/busy", "branch" + std::to_string(i), home_ / "v1");
  server_.answer("/api/v3/repos/acme/busy", {.status = 404});
  server_.answer("/api/v3/repos/acme/busy/git/ref/heads/branch229", {.status = 404});
  EXPECT_EQ(get("acme/busy:branch229").key.ref, "branch229");
  EXPECT_EQ(server_.count_requests("/branches?per_page=100&page="), 3u);
  EXPECT_EQ(failure("acme/busy:branch230").code, errc::no_such_ref);
}

TEST_F(RepositoryTest, MayHaveASlashInItsRef) {
  server_.add_branch("acme/digits", "ci/test_slash", home_ / "v1");
  EXPECT_EQ(get("acme/digits:ci/test_slash").folder.filename(), "acme_digits_ci_test_slash");
}

TEST_F(RepositoryTest, MayHaveTheLongestRefThatItsFolderTakes) {
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "\u00FC";
  for (const std::string& name : {std::string(236, 'x'), std::string(243, 'y'), umlauts}) {
    server_.add_branch("acme/digits", name, home_ / "v1");
    const Repository typed = get("acme/digits:" + name);
    EXPECT_EQ(typed.folder.filename(), "acme_digits_" + name);
    EXPECT_EQ(typed.tree.size(), 64u);
    server_.set_default_branch("acme/digits", name);
    EXPECT_EQ(get("acme/digits", FetchOptions().force_reload(true)).key.ref, name);
    const std::size_t requests = server_.requests().size();
    EXPECT_EQ(get("acme/digits").key.ref, name);
    EXPECT_EQ(server_.requests().size(), requests);
  }
  const tests::Failure longer = failure("acme/digits:" + std::string(244, 'x'));
  EXPECT_EQ(longer.code, boost::system::errc::filename_too_long);
  EXPECT_THAT(longer.sentence, HasSubstr("x: the name of its folder would have 256 bytes"));
}

TEST_F(RepositoryTest, MayHaveAnyRefThatGitAllows) {
  // Each has a neighbour, where a URL that is not encoded would be cut off or be another one.
  for (const char* name : {"tr", "tr#nk", "per", "per%25cent", "per%cent", "a", "a&b=c", "c++", "c",
                           "release@2", "two words", "\u00FCn\u00EF/\u6E2C\u8A66", "$(x)`y`"}) {
    const fs::path folder = home_ / ("of " + std::to_string(std::hash<std::string>()(name)));
    tests::write_file(folder / "hubconf.py", std::string("# ") + name);
    server_.add_branch("acme/refs", name, folder);
  }
  for (const std::string& name :
       {std::string("tr#nk"), std::string("per%25cent"), std::string("per%cent"),
        std::string("a&b=c"), std::string("c++"), std::string("release@2"),
        std::string("two words"), std::string("\u00FCn\u00EF/\u6E2C\u8A66"),
        std::string("$(x)`y`")}) {
    EXPECT_EQ(tests::read_file(get("acme/refs:" + name).folder / "hubconf.py"), "# " + name);
    server_.set_default_branch("acme/refs", name);
    const Repository untyped = get("acme/refs", FetchOptions().force_reload(true));
    EXPECT_EQ(untyped.key.ref, name);
    EXPECT_EQ(tests::read_file(untyped.folder / "hubconf.py"), "# " + name);
  }
  EXPECT_EQ(server_.count_requests("/zipball/tr%23nk"), 2u);
}

TEST_F(RepositoryTest, DoesNotTakeEveryDefaultBranchThatAServerNames) {
  for (const char* name : {"../../other/repo", "/x", "-x", "a\\u0000b", "x?y"}) {
    server_.answer("/api/v3/repos/acme/digits",
                   {.body = std::string(R"({"default_branch": ")") + name + "\"}"});
    EXPECT_EQ(failure("acme/digits").code, errc::bad_answer) << name;
  }
  EXPECT_EQ(server_.count_requests("/zipball/"), 0u);
  EXPECT_FALSE(fs::exists(paths_.hub_dir()));
}

TEST_F(RepositoryTest, ComesWithLinksToOutsideAsText) {
  server_.answer("/codeload/acme/digits/legacy.zip/main",
                 {.body = tests::build_zip(
                      {{.name = "top/hubconf.py", .content = "x"},
                       {.name = "top/beside", .content = "../beside", .unix_mode = 0120777},
                       {.name = "top/absolute", .content = "/etc", .unix_mode = 0120777},
                       {.name = "top/inside", .content = "hubconf.py", .unix_mode = 0120777}})});
  const Repository repository = get("acme/digits:main");
  EXPECT_EQ(tests::read_file(repository.folder / "beside"), "../beside");
  EXPECT_EQ(tests::read_file(repository.folder / "inside"), "x");
  EXPECT_THAT(messages_,
              HasSubstr("warning: beside is a link to ../beside, outside the repository; "
                        "here it is a text file that says so, as 1 more are"));
}

TEST_F(RepositoryTest, IsTheBranchWhereARefIsAmbiguous) {
  server_.answer("/acme/digits/zipball/main", {.status = 300});
  EXPECT_EQ(tests::read_file(get("acme/digits:main").folder / "hubconf.py"),
            "def main_model(): pass\n");
  EXPECT_EQ(server_.count_requests("/zipball/refs/heads/main"), 1u);
  EXPECT_THAT(messages_, HasSubstr("The ref main is ambiguous"));
}

TEST_F(RepositoryTest, ThatDoesNotExistIsNamed) {
  const Failure missing = failure("acme/nope");
  EXPECT_EQ(missing.code, errc::no_such_repository);
  EXPECT_THAT(missing.sentence,
              HasSubstr(server_.url() + "/acme/nope does not exist or is private"));
  expect_empty_cache();
}

TEST_F(RepositoryTest, WithABadNameCostsNoRequest) {
  const Failure bad = failure("https://github.com/acme/digits");
  EXPECT_EQ(bad.code, errc::bad_repository_name);
  EXPECT_THAT(bad.sentence,
              HasSubstr("\"https://github.com/acme/digits\" is not OWNER/NAME or OWNER/NAME:REF"));
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(RepositoryTest, ThatPythonLeftCostsNoRequestWithoutARefEither) {
  tests::write_file(paths_.hub_dir() / "acme_digits_master/hubconf.py", "");
  EXPECT_EQ(get("acme/digits").key.ref, "master");
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(RepositoryTest, ComesFromTheCacheWhenTheServerIsDown) {
  const Context offline = [&] {
    HubServer server;
    tests::write_file(home_ / "both.pem", server_.authority() + server.authority());
    const tests::ScopedVariable trust("SSL_CERT_FILE", home_ / "both.pem");
    server.add_tag("acme/digits", "v1", home_ / "v1");
    Context context = context_for(server);
    get_repository(context, "acme/digits:v1", FetchOptions());
    return context;
  }();
  const Repository repository = get_repository(offline, "acme/digits", FetchOptions());
  EXPECT_EQ(repository.key.ref, "v1");
  EXPECT_THAT(messages_, HasSubstr("Connection refused; the cached ref v1 is used instead"));
  const Failure missing =
      failure_of([&] { get_repository(offline, "acme/other", FetchOptions()); });
  EXPECT_EQ(missing.code, boost::system::errc::connection_refused);
  EXPECT_THAT(missing.sentence, HasSubstr("acme/other is not in the cache"));
}

TEST_F(RepositoryTest, ComesFromTheCacheWhenTheServerIsBusy) {
  get("acme/digits:v1");
  for (const unsigned status : {403u, 429u, 500u, 503u}) {
    server_.answer("/api/v3/repos/acme/digits", {.status = status});
    server_.answer("/acme/digits/tree/main/", {.status = status});
    EXPECT_EQ(get("acme/digits").key.ref, "v1") << status;
  }
  tests::CannedAnswer cut;
  cut.raw = "HTTP/1.1 2";
  server_.answer("/api/v3/repos/acme/digits", cut);
  server_.answer("/acme/digits/tree/main/", cut);
  EXPECT_EQ(get("acme/digits").key.ref, "v1");
}

TEST_F(RepositoryTest, ComesFromTheCacheWhenTheArchiveCannotBeHad) {
  get("acme/digits:v1");
  server_.answer("/acme/digits/zipball/main", {.status = 503});
  EXPECT_EQ(get("acme/digits").key.ref, "v1");
  EXPECT_THAT(messages_, HasSubstr("the cached ref v1 is used instead"));
  EXPECT_EQ(failure_of([&] { get("acme/digits", FetchOptions().force_reload(true)); }).code,
            net::errc_of_status(503));
}

TEST_F(RepositoryTest, ComesFromTheCacheByTheRefThatWasUsedLast) {
  server_.add_tag("acme/tags", "v1", home_ / "v1");
  server_.add_tag("acme/tags", "v2", home_ / "v1");
  get("acme/tags:v1");
  get("acme/tags:v2");
  const Context offline = context_for(server_).offline(true);
  EXPECT_EQ(get_repository(offline, "acme/tags", FetchOptions()).key.ref, "v2");
}

TEST_F(RepositoryTest, OfAnotherServerIsAnotherOne) {
  Repository here = get("acme/digits:main");
  TrustGate::admit(context_for(server_), here, TrustRepo::yes);
  HubServer other;
  tests::write_file(home_ / "both.pem", server_.authority() + other.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", home_ / "both.pem");
  other.add_branch("acme/digits", "main", home_ / "v1");
  const Context there = context_for(other);
  EXPECT_FALSE(is_trusted(there, here.key));
  Repository theirs = get_repository(there, "acme/digits:main", FetchOptions());
  EXPECT_EQ(tests::read_file(theirs.folder / "hubconf.py"), "def v1_model(): pass\n");
  EXPECT_EQ(theirs.folder, paths_.untrusted_repository(theirs.key));
  EXPECT_EQ(failure_of([&] { TrustGate::admit(there, theirs, TrustRepo::check); }).code,
            errc::untrusted);
  // Nor does the one that is there now stand for the first.
  EXPECT_EQ(tests::read_file(get("acme/digits:main").folder / "hubconf.py"),
            "def main_model(): pass\n");
  // Offline, too, a server has only what is its own.
  EXPECT_EQ(failure_of([&] {
              get_repository(context_for(other).offline(true), "acme/digits", FetchOptions());
            }).code,
            errc::offline);
}

TEST_F(RepositoryTest, LeavesNothingWithoutTrustInTheServer) {
  const HubServer stranger;
  const Failure refused = failure_of(
      [&] { get_repository(context_for(stranger), "acme/digits:main", FetchOptions()); });
  EXPECT_EQ(refused.code, net::errc::certificate_rejected);
  expect_empty_cache();
}

TEST_F(RepositoryTest, SaysWhenALimitEnds) {
  server_.answer(
      "/api/v3/repos/acme/digits/git/ref/heads/main",
      {.status = 403,
       .body = R"({"message": "API rate limit exceeded"})",
       .headers = {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1700000000"}}});
  const Failure limited = failure("acme/digits:main");
  EXPECT_EQ(limited.code, errc::rate_limited);
  EXPECT_THAT(limited.sentence,
              HasSubstr("API rate limit exceeded; the limit ends at 2023-11-14T22:13:20Z; with a "
                        "token in GITHUB_TOKEN it is higher"));
  expect_empty_cache();
}

TEST_F(RepositoryTest, SaysWhenASecondaryLimitEnds) {
  server_.answer("/api/v3/repos/acme/digits/git/ref/heads/main",
                 {.status = 403,
                  .body = R"({"message": "You have exceeded a secondary rate limit"})",
                  .headers = {{"Retry-After", "61"}}});
  const Failure limited = failure("acme/digits:main");
  EXPECT_EQ(limited.code, errc::rate_limited);
  EXPECT_THAT(limited.sentence, HasSubstr("secondary rate limit; the limit ends at 20"));
}

TEST_F(RepositoryTest, IsFetchedWithoutATokenThatIsNoGood) {
  token_ = "expired";
  server_.answer_authorized("/api/v3/repos/acme/digits/git/ref/heads/main", {.status = 401});
  server_.answer_authorized("/acme/digits/zipball/main", {.status = 401});
  EXPECT_EQ(get("acme/digits:main").key.ref, "main");
  EXPECT_EQ(server_.count_requests("/zipball/main"), 1u);
  // The archive's server alone refuses it.
  server_.answer_authorized("/acme/digits/zipball/v1", {.status = 401});
  EXPECT_EQ(get("acme/digits:v1").key.ref, "v1");
  EXPECT_EQ(server_.count_requests("/zipball/v1"), 2u);
}

TEST_F(RepositoryTest, WaitsForASecondaryLimitOfAMinuteAtMost) {
  const std::string target = "/api/v3/repos/acme/digits/git/ref/heads/main";
  const tests::CannedAnswer limited{.status = 403,
                                    .body = R"({"message": "a secondary rate limit"})",
                                    .headers = {{"Retry-After", "0"}}};
  server_.answer(target, limited);
  Context context = context_for(server_);
  std::string said;
  context.on_message([&](std::string_view text) {
    if (text.find("asked again in") != text.npos)
      server_.answer(target, {.body = R"({"ref": "refs/heads/main"})"});
    said.append(text).append("\n");
  });
  EXPECT_EQ(get_repository(context, "acme/digits:main", FetchOptions()).key.ref, "main");
  EXPECT_THAT(said, HasSubstr("403 a secondary rate limit; it is asked again in 0 s"));
  EXPECT_EQ(server_.count_requests(target), 2u);
  // The other way to say when.
  const std::string other = "/api/v3/repos/acme/digits/git/ref/heads/v1";
  server_.answer(other, {.status = 403,
                         .headers = {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1"}}});
  context.on_message([&](std::string_view text) {
    if (text.find("asked again in") != text.npos) server_.answer(other, {.status = 404});
  });
  EXPECT_EQ(get_repository(context, "acme/digits:v1", FetchOptions()).key.ref, "v1");
  EXPECT_EQ(server_.count_requests(other), 2u);
  // One that does not end is not waited for for ever.
  server_.answer("/api/v3/repos/acme/digits/git/ref/heads/other", limited);
  EXPECT_EQ(failure("acme/digits:other").code, errc::rate_limited);
  EXPECT_EQ(server_.count_requests("/git/ref/heads/other"), 4u);
}

// The archive's own server: a token that is good is not taken for the reason.
TEST_F(RepositoryTest, WaitsForALimitOfTheArchiveToo) {
  token_ = "s3cret";
  server_.set_private("acme/digits", token_);
  const std::string target = "/acme/digits/zipball/main";
  server_.answer_once(target, {.status = 403, .headers = {{"Retry-After", "0"}}});
  EXPECT_EQ(get("acme/digits:main").key.ref, "main");
  EXPECT_EQ(server_.count_requests(target), 2u);
  for (const tests::RecordedRequest& request : server_.requests()) {
    const bool is_archive = request.target == target;
    EXPECT_EQ(request.authorization, is_archive ? "token s3cret" : request.authorization);
  }
}

TEST_F(RepositoryTest, DoesNotSendARefusedTokenAgain) {
  token_ = "expired";
  for (const unsigned status : {401u, 403u}) {
    server_.answer_authorized("/api/v3/repos/acme/digits", {.status = status});
    // What the archive's server would say to the token.
    server_.answer_authorized("/acme/digits/zipball/main", {.status = 500});
    const std::size_t before = server_.requests().size();
    EXPECT_EQ(get("acme/digits", FetchOptions().force_reload(true)).key.ref, "main") << status;
    const std::vector<tests::RecordedRequest> requests = server_.requests();
    EXPECT_EQ(requests.at(before).authorization, "token expired");
    for (std::size_t i = before + 1; i < requests.size(); ++i)
      EXPECT_EQ(requests[i].authorization, "") << requests[i].target;
  }
}

TEST_F(RepositoryTest, FindsATagWithARefusedTokenToo) {
  token_ = "expired";
  server_.answer_authorized("/api/v3/repos/acme/digits/git/ref/heads/v1", {.status = 401});
  EXPECT_EQ(get("acme/digits:v1").key.ref, "v1");
  server_.answer_authorized("/api/v3/repos/acme/digits/git/ref/heads/v2",
                            {.status = 401, .body = R"({"message": "Bad credentials"})"});
  EXPECT_THAT(failure("acme/digits:v2").sentence,
              HasSubstr("(GITHUB_TOKEN was left out: the answer to it was 401 Bad credentials)"));
}

TEST_F(RepositoryTest, IsAskedForAgainWithoutATokenThatMaySeeNothing) {
  token_ = "of another organisation";
  for (const char* target : {"/api/v3/repos/acme/digits", "/acme/digits/zipball/main"})
    server_.answer_authorized(target, {.status = 404});
  EXPECT_EQ(get("acme/digits").key.ref, "main");
  // The archive alone.
  server_.answer_authorized("/acme/digits/zipball/v1", {.status = 404});
  EXPECT_EQ(get("acme/digits:v1").key.ref, "v1");
  EXPECT_EQ(server_.count_requests("/zipball/v1"), 2u);
}

TEST_F(RepositoryTest, KeepsATokenThatIsGood) {
  token_ = "s3cret";
  server_.set_private("acme/digits", token_);
  EXPECT_EQ(get("acme/digits").key.ref, "main");
  EXPECT_EQ(get("acme/digits:v1").key.ref, "v1");
  for (const tests::RecordedRequest& request : server_.requests()) {
    const bool is_second_look = request.target.ends_with("/git/ref/heads/v1");
    if (!is_second_look && request.target.find("/codeload/") == request.target.npos) {
      EXPECT_EQ(request.authorization, "token s3cret") << request.target;
    }
  }
}

TEST_F(RepositoryTest, IsToldWithoutThePasswordOfItsServer) {
  Context context = context_for(server_);
  GithubEndpoints github = context.github();
  github.web.insert(github.web.find("://") + 3, "u:s3@cret@");
  context.github(github);
  const auto failure_of_name = [&](const char* name) {
    return failure_of([&] { get_repository(context, name, FetchOptions()); }).sentence;
  };
  EXPECT_EQ(get_repository(context, "acme/digits:v1", FetchOptions()).key.ref, "v1");
  EXPECT_THAT(messages_, HasSubstr("Downloading: \"" + server_.url() + "/acme/digits/zipball/v1"));
  EXPECT_THAT(failure_of_name("acme/digits:nope"), HasSubstr(server_.url() + "/acme/digits."));
  EXPECT_THAT(failure_of_name("acme/none:nope"), HasSubstr(server_.url() + "/acme/none does not"));
  server_.answer("/acme/digits/zipball/bad", {.body = "no zip"});
  server_.add_branch("acme/digits", "bad", home_ / "v1");
  for (const char* name : {"acme/digits:bad", "acme/digits:nope", "acme/none:nope", "acme/none",
                           "https://u:s3@cret@h/a/b"})
    EXPECT_THAT(failure_of_name(name), testing::Not(HasSubstr("cret"))) << name;
  EXPECT_THAT(messages_, testing::Not(HasSubstr("cret")));
}

TEST_F(RepositoryTest, SendsTheTokenToItsServerOnly) {
  token_ = "s3cret";
  HubServer storage;
  // Both servers must be trusted: one file with both authorities.
  tests::write_file(home_ / "both.pem", server_.authority() + storage.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", home_ / "both.pem");
  storage.add_branch("acme/digits", "main", home_ / "main");
  server_.answer(
      "/acme/digits/zipball/main",
      {.status = 302,
       .headers = {{"Location", storage.url() + "/codeload/acme/digits/legacy.zip/main"}}});
  get("acme/digits:main");
  for (const tests::RecordedRequest& request : server_.requests())
    EXPECT_EQ(request.authorization, "token s3cret") << request.target;
  ASSERT_EQ(storage.requests().size(), 1u);
  EXPECT_EQ(storage.requests()[0].authorization, "");
}

TEST_F(RepositoryTest, LeavesNothingOfABadArchive) {
  const std::string zip = "/codeload/acme/digits/legacy.zip/main";
  server_.answer(zip, {.body = "<html>come back later</html>"});
  EXPECT_EQ(failure("acme/digits:main").code, archive::errc::not_a_zip);
  server_.answer(zip, {.body = tests::build_zip({{.name = "../evil", .content = "x"}})});
  EXPECT_EQ(failure("acme/digits:main").code, archive::errc::unsafe_name);
  server_.answer(zip, {.body = tests::build_zip({{.name = "top/hubconf.py", .content = "x"},
                                                 {.name = "beside", .content = "x"}})});
  EXPECT_EQ(failure("acme/digits:main").code, errc::bad_repository);
  server_.answer(zip, {.body = tests::build_zip({{.name = "hubconf.py", .content = "x"}})});
  EXPECT_EQ(failure("acme/digits:main").code, errc::bad_repository);
  server_.answer(zip, {.body = tests::build_zip({})});
  EXPECT_EQ(failure("acme/digits:main").code, errc::bad_repository);
  tests::CannedAnswer cut;
  cut.raw = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nPK";
  server_.answer(zip, cut);
  EXPECT_EQ(failure("acme/digits:main").code, net::errc::truncated);
  expect_empty_cache();
}

TEST_F(RepositoryTest, IsNotFetchedWhereItsArchiveIsTooLarge) {
  EXPECT_EQ(FetchOptions().max_archive_bytes(), std::uint64_t{2} << 30);
  const std::string zip = "/codeload/acme/digits/legacy.zip/main";
  const auto outcome = [&](std::uint64_t most) {
    return failure_of([&] { get("acme/digits:main", FetchOptions().max_archive_bytes(most)); });
  };
  EXPECT_EQ(outcome(100).code, net::errc::too_large);
  // Said before anything of it came, whatever is claimed.
  server_.answer(zip, {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 2147483649\r\n\r\nPK"});
  EXPECT_EQ(failure("acme/digits:main").code, net::errc::too_large);
  EXPECT_FALSE(std::filesystem::exists(paths_.repository({"acme", "digits", "main"})));
}

TEST_F(RepositoryTest, IsAskedForWithoutTheNetrcsPassword) {
  // It may be a stale one, with which GitHub hides what everybody may see.
  tests::write_file(home_ / "netrc", "default login anna password s3cret");
  const tests::ScopedVariable netrc("NETRC", home_ / "netrc");
  get("acme/digits:main");
  ASSERT_FALSE(server_.requests().empty());
  for (const tests::RecordedRequest& request : server_.requests())
    EXPECT_EQ(request.authorization, "") << request.target;
}

TEST_F(RepositoryTest, IsFetchedByOneOfManyThatWantIt) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Context context(paths_);
      GithubEndpoints github;
      github.web = server_.url();
      github.api = server_.api_url();
      context.github(github);
      const Repository repository = get_repository(context, "acme/digits", FetchOptions());
      EXPECT_EQ(tests::read_file(repository.folder / "hubconf.py"), "def main_model(): pass\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server_.count_requests("/codeload/"), 1u);
}

}  // namespace
}  // namespace torchhub
