// Pins of repositories and URLs, written by one program and honoured by another.

#include <torchhub/cache/tree_digest.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/lock.h>
#include <torchhub/hub/repository.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::failure_of;

class LockTest : public testing::Test {
 protected:
  LockTest() {
    tests::write_file(home_ / "main/hubconf.py", "def first(): pass\n");
    tests::write_file(home_ / "main/__pycache__/hubconf.cpython-311.pyc", "who knows");
    server_.add_branch("acme/digits", "main", home_ / "main");
    server_.answer("/a.pth", {.body = "\1abc"});
  }

  Context context_for(const std::string& hub) const {
    Context context{cache::TorchPaths(home_ / hub)};
    GithubEndpoints github;
    github.web = server_.url();
    github.api = server_.api_url();
    context.github(github);
    return context;
  }

  // As upstream would change it.
  void change_upstream() { tests::write_file(home_ / "main/hubconf.py", "def second(): pass\n"); }

  LockFile locked(const std::vector<std::string>& names) {
    LockFile pins;
    lock(pins, names, LockOptions(), context_for("hub"));
    return pins;
  }

  tests::TempFolder home_;
  tests::HubServer server_{tests::HubServer::Transport::plain};
};

TEST_F(LockTest, PinsWhatIsThereNow) {
  LockFile pins;
  const auto changes =
      lock(pins, {"acme/digits", server_.url() + "/a.pth"}, LockOptions(), context_for("hub"));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].name, "acme/digits");
  EXPECT_EQ(changes[0].before, "");
  const RepositoryPin& pin = pins.repositories.at("acme/digits");
  EXPECT_EQ(pin.ref, "main");
  EXPECT_EQ(pin.commit, tests::HubServer::commit("acme/digits", "main"));
  EXPECT_EQ(pin.tree, cache::tree_digest(home_ / "main"));
  EXPECT_EQ(pins.urls.at(server_.url() + "/a.pth").size, 4u);
  // Once more: nothing changes, nobody is asked.
  const std::size_t requests = server_.requests().size();
  EXPECT_TRUE(lock(pins, {"acme/digits"}, LockOptions(), context_for("hub")).empty());
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(LockTest, TakesNoCompiledPythonFromAnArchive) {
  locked({"acme/digits"});
  const Repository repository = get_repository(context_for("hub"), "acme/digits", FetchOptions());
  EXPECT_FALSE(fs::exists(repository.folder / "__pycache__"));
}

TEST_F(LockTest, IsHonouredWithoutAskingForRefs) {
  Context other = context_for("other_hub");
  other.lock_file(locked({"acme/digits"}), true);
  const std::size_t requests = server_.requests().size();
  const Repository repository = get_repository(other, "acme/digits", FetchOptions());
  EXPECT_EQ(repository.key.ref, "main");
  EXPECT_EQ(repository.commit, tests::HubServer::commit("acme/digits", "main"));
  EXPECT_GT(server_.requests().size(), requests);
  EXPECT_EQ(server_.count_requests("zipball/" + repository.commit), 1u);
  EXPECT_EQ(get_repository(other, "acme/digits", FetchOptions()).folder, repository.folder);
  EXPECT_EQ(server_.count_requests("zipball/" + repository.commit), 1u);
}

TEST_F(LockTest, RefusesAnotherTreeAndShowsBoth) {
  const LockFile pins = locked({"acme/digits"});
  change_upstream();
  Context other = context_for("other_hub");
  other.lock_file(pins);
  const tests::Failure failure =
      failure_of([&] { get_repository(other, "acme/digits", FetchOptions()); });
  EXPECT_EQ(failure.code, errc::pin_mismatch);
  EXPECT_THAT(failure.sentence, HasSubstr(pins.repositories.at("acme/digits").tree));
  EXPECT_THAT(failure.sentence, HasSubstr(cache::tree_digest(home_ / "main")));
  EXPECT_FALSE(fs::exists(other.paths().untrusted_repository({"acme", "digits", "main"})));
}

TEST_F(LockTest, ReplacesACachedTreeThatIsNotThePinnedOne) {
  Context context = context_for("hub");
  context.lock_file(locked({"acme/digits"}));
  const fs::path hubconf =
      get_repository(context, "acme/digits", FetchOptions()).folder / "hubconf.py";
  tests::write_file(hubconf, "import os; os.system('id')\n");
  EXPECT_EQ(tests::read_file(get_repository(context, "acme/digits", FetchOptions()).folder /
                             "hubconf.py"),
            "def first(): pass\n");
  tests::write_file(hubconf, "import os; os.system('id')\n");
  context.offline(true);
  EXPECT_EQ(failure_of([&] { get_repository(context, "acme/digits", FetchOptions()); }).code,
            errc::pin_mismatch);
}

TEST_F(LockTest, RefusesWhatIsNotPinnedWhenFrozen) {
  Context context = context_for("hub");
  context.lock_file(LockFile(), true);
  const tests::Failure failure =
      failure_of([&] { get_repository(context, "acme/digits", FetchOptions()); });
  EXPECT_EQ(failure.code, errc::not_pinned);
  EXPECT_THAT(failure.sentence, HasSubstr("acme/digits"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(LockTest, MovesPinsOnlyWhenAsked) {
  LockFile pins = locked({"acme/digits", server_.url() + "/a.pth"});
  const LockFile before = pins;
  change_upstream();
  server_.answer("/a.pth", {.body = "\1abcd"});
  EXPECT_TRUE(lock(pins, {"acme/digits"}, LockOptions(), context_for("hub")).empty());
  const auto changes = lock(pins, {}, LockOptions().update(true), context_for("hub"));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].before, before.urls.begin()->second.sha256);
  EXPECT_EQ(changes[1].after, pins.urls.begin()->second.sha256);
  EXPECT_EQ(pins.urls.begin()->second.size, 5u);
  EXPECT_EQ(pins.repositories.at("acme/digits").tree, cache::tree_digest(home_ / "main"));
}

TEST_F(LockTest, ChangesNothingWhereItFails) {
  LockFile pins = locked({"acme/digits"});
  const LockFile before = pins;
  EXPECT_EQ(failure_of([&] {
              lock(pins, {server_.url() + "/a.pth", "no/such"}, LockOptions(), context_for("hub"));
            }).code,
            errc::no_such_repository);
  EXPECT_EQ(pins, before);
  EXPECT_EQ(failure_of([&] { lock(pins, {"not a name"}, LockOptions(), context_for("hub")); }).code,
            errc::bad_repository_name);
}

TEST_F(LockTest, FindsWhatIsCachedOffline) {
  Context context = context_for("hub");
  get_repository(context, "acme/digits", FetchOptions());
  const std::size_t requests = server_.requests().size();
  context.offline(true);
  EXPECT_EQ(get_repository(context, "acme/digits", FetchOptions()).key.ref, "main");
  EXPECT_EQ(get_repository(context, "acme/digits:main", FetchOptions()).key.ref, "main");
  const tests::Failure failure =
      failure_of([&] { get_repository(context, "acme/digits:v2", FetchOptions()); });
  EXPECT_EQ(failure.code, errc::offline);
  EXPECT_THAT(failure.sentence, HasSubstr("acme/digits:v2"));
  EXPECT_EQ(failure_of([&] { get_repository(context, "acme/others", FetchOptions()); }).code,
            errc::offline);
  EXPECT_EQ(failure_of([&] {
              get_repository(context, "acme/digits", FetchOptions().force_reload(true));
            }).code,
            errc::offline);
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(LockTest, LeavesNothingCompiledInAPinnedTree) {
  Context context = context_for("hub");
  context.lock_file(locked({"acme/digits"}));
  const fs::path folder = get_repository(context, "acme/digits", FetchOptions()).folder;
  tests::write_file(folder / "__pycache__/hubconf.cpython-311.pyc", "planted");
  tests::write_file(folder / "extra.pyc", "planted");
  const std::size_t requests = server_.requests().size();
  EXPECT_EQ(get_repository(context, "acme/digits", FetchOptions()).folder, folder);
  EXPECT_FALSE(fs::exists(folder / "__pycache__"));
  EXPECT_FALSE(fs::exists(folder / "extra.pyc"));
  EXPECT_EQ(server_.requests().size(), requests);
}

}  // namespace
}  // namespace torchhub
