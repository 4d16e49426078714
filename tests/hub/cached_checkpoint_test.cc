// Checkpoints that are in the cache already: which are used, which are replaced, which are refused.

#include <torchhub/archive/error.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/download.h>
#include <torchhub/hub/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <utility>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::failure_of;

// No text, which would be taken for a server's message; and its SHA-256.
constexpr const char* kAbc = "\1abc";
constexpr const char* kAbcHash = "1e18834c426d00e57788444cb3ccd62c771b420c095bb0c4e040a8c122c4570d";
constexpr const char* kName = "x-1e18834c.pth";

class CachedCheckpointTest : public testing::Test {
 protected:
  CachedCheckpointTest() {
    server_.answer("/x-1e18834c.pth", {.body = kAbc});
    server_.answer("/a/weights.pth", {.body = kAbc});
    server_.answer("/b/weights.pth", {.body = "\1other"});
    context_.on_message([this](std::string_view text) { messages_ += std::string(text) + "\n"; });
  }

  fs::path get(const std::string& path, bool check_hash = false) {
    return get_checkpoint_file(server_.url() + path, CheckpointFileOptions().check_hash(check_hash),
                               context_);
  }

  LockFile pins(const std::string& path, const std::string& sha256) const {
    LockFile result;
    result.urls[server_.url() + path] = {sha256, 4};
    return result;
  }

  tests::HubServer server_{tests::HubServer::Transport::plain};
  tests::TempFolder home_;
  const cache::TorchPaths paths_{home_ / "hub"};
  Context context_{paths_};
  std::string messages_;
};

TEST_F(CachedCheckpointTest, IsUsedWithoutARequest) {
  tests::write_file(paths_.checkpoint(kName), "\1as Python left it");
  EXPECT_EQ(tests::read_file(get("/x-1e18834c.pth")), "\1as Python left it");
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(CachedCheckpointTest, IsReadOnceForItsHash) {
  get("/x-1e18834c.pth", true);
  // What is written down of it is believed: this is not its digest.
  const cache::VerifiedFiles verified(paths_.stamps());
  verified.remember(paths_.checkpoint(kName), "1e18834c" + std::string(56, '0'));
  get("/x-1e18834c.pth", true);
  EXPECT_EQ(verified.find(paths_.checkpoint(kName))->sha256, "1e18834c" + std::string(56, '0'));
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(CachedCheckpointTest, IsFetchedAnewIfItsHashIsWrong) {
  tests::write_file(paths_.checkpoint(kName), "damaged");
  EXPECT_EQ(tests::read_file(get("/x-1e18834c.pth", true)), kAbc);
  EXPECT_THAT(messages_, HasSubstr("fetched anew"));
  const std::size_t requests = server_.requests().size();
  // Changed under us, and noticed without being told.
  tests::write_file(paths_.checkpoint(kName), "abd");
  EXPECT_EQ(tests::read_file(get("/x-1e18834c.pth", true)), kAbc);
  EXPECT_GT(server_.requests().size(), requests);
}

TEST_F(CachedCheckpointTest, OfAnotherUrlIsRefused) {
  get("/a/weights.pth");
  const tests::Failure failure = failure_of([&] { get("/b/weights.pth"); });
  EXPECT_EQ(failure.code, errc::name_taken);
  EXPECT_THAT(failure.sentence, HasSubstr("/a/weights.pth, not from"));
  EXPECT_EQ(tests::read_file(get("/a/weights.pth?token=2")), kAbc);
  // Another name solves it.
  const fs::path other = get_checkpoint_file(server_.url() + "/b/weights.pth",
                                             CheckpointFileOptions().file_name("b.pth"), context_);
  EXPECT_EQ(tests::read_file(other), "\1other");
}

TEST_F(CachedCheckpointTest, IsAllThereIsOffline) {
  context_.offline(true);
  const tests::Failure failure = failure_of([&] { get("/a/weights.pth"); });
  EXPECT_EQ(failure.code, errc::offline);
  EXPECT_THAT(failure.sentence, HasSubstr("weights.pth"));
  EXPECT_THAT(failure.sentence, HasSubstr("TORCHHUB_OFFLINE"));
  EXPECT_EQ(failure_of([&] {
              download_url_to_file(server_.url() + "/a/weights.pth", home_ / "out",
                                   DownloadToFileOptions(), context_);
            }).code,
            errc::offline);
  tests::write_file(paths_.checkpoint("weights.pth"), "\1there");
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), "\1there");
  tests::write_file(paths_.checkpoint(kName), "damaged");
  EXPECT_EQ(failure_of([&] { get("/x-1e18834c.pth", true); }).code, cache::errc::hash_mismatch);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(CachedCheckpointTest, MustBeWhatIsPinned) {
  tests::write_file(paths_.checkpoint("weights.pth"), "another version");
  context_.lock_file(pins("/a/weights.pth", kAbcHash));
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), kAbc);
  EXPECT_EQ(server_.requests().size(), 1u);
  get("/a/weights.pth");
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(CachedCheckpointTest, ThatIsNotWhatIsPinnedIsAnErrorThatShowsBoth) {
  context_.lock_file(pins("/b/weights.pth", kAbcHash));
  const tests::Failure failure = failure_of([&] { get("/b/weights.pth"); });
  EXPECT_EQ(failure.code, errc::pin_mismatch);
  EXPECT_THAT(failure.sentence, HasSubstr(kAbcHash));
  // Of "\1other".
  EXPECT_THAT(failure.sentence,
              HasSubstr("a5f2b0b67e580ce2ba89e24e5f5820f2633b2b3bd113cf4d0011152c8d6dc47d"));
  EXPECT_FALSE(fs::exists(paths_.checkpoint("weights.pth")));
}

TEST_F(CachedCheckpointTest, ThatIsNotPinnedIsRefusedOnlyWhenFrozen) {
  context_.lock_file(LockFile());
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), kAbc);
  context_.lock_file(LockFile(), true);
  const tests::Failure failure = failure_of([&] { get("/a/weights.pth"); });
  EXPECT_EQ(failure.code, errc::not_pinned);
  EXPECT_THAT(failure.sentence, HasSubstr("/a/weights.pth"));
}

TEST_F(CachedCheckpointTest, ContradictingTheCallerIsAnError) {
  context_.lock_file(pins("/a/weights.pth", kAbcHash));
  EXPECT_EQ(failure_of([&] {
              download_url_to_file(server_.url() + "/a/weights.pth", home_ / "out",
                                   DownloadToFileOptions().hash_prefix("00"), context_);
            }).code,
            errc::pin_mismatch);
}

TEST_F(CachedCheckpointTest, ComesFromTheContentStoreOfAnotherCache) {
  context_.content_store(cache::ContentPaths(home_ / "store"));
  context_.lock_file(pins("/a/weights.pth", kAbcHash));
  get("/a/weights.pth");
  EXPECT_EQ(tests::read_file(context_.content_store()->blob(kAbcHash)), kAbc);
  const std::size_t requests = server_.requests().size();
  Context other(cache::TorchPaths(home_ / "other_hub"));
  other.content_store(cache::ContentPaths(home_ / "store"));
  other.lock_file(pins("/a/weights.pth", kAbcHash));
  other.offline(true);
  const fs::path file =
      get_checkpoint_file(server_.url() + "/a/weights.pth", CheckpointFileOptions(), other);
  EXPECT_EQ(tests::read_file(file), kAbc);
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(CachedCheckpointTest, DoesNotComeFromADamagedContentStore) {
  context_.content_store(cache::ContentPaths(home_ / "store"));
  context_.lock_file(pins("/a/weights.pth", kAbcHash));
  tests::write_file(context_.content_store()->blob(kAbcHash), "poison");
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), kAbc);
  EXPECT_THAT(messages_, HasSubstr("is not what its name says"));
  EXPECT_EQ(tests::read_file(context_.content_store()->blob(kAbcHash)), kAbc);
}

// A name of 255 bytes is one that a file system takes; a longer one it does not.
TEST_F(CachedCheckpointTest, MayHaveTheLongestName) {
  const std::string longest = std::string(251, 'n') + ".pth";
  server_.answer("/" + longest, {.body = kAbc});
  EXPECT_EQ(tests::read_file(get("/" + longest)), kAbc);
  EXPECT_EQ(get("/" + longest).filename().string().size(), 255u);
  server_.answer("/x" + longest, {.body = kAbc});
  const tests::Failure failure = failure_of([&] { get("/x" + longest); });
  EXPECT_EQ(failure.code, boost::system::errc::filename_too_long);
  EXPECT_THAT(failure.sentence, HasSubstr("nnnn.pth: cannot be made"));
  EXPECT_EQ(std::distance(fs::directory_iterator(paths_.checkpoints()), fs::directory_iterator()),
            1);
}

TEST_F(CachedCheckpointTest, MayBeALinkAndLieBehindOne) {
  tests::write_file(home_ / "elsewhere/weights.pth", "\1linked");
  fs::create_directories(paths_.checkpoints());
  fs::create_symlink(home_ / "elsewhere/weights.pth", paths_.checkpoint("weights.pth"));
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), "\1linked");
  // A link that leads nowhere is replaced, not followed.
  fs::create_symlink(home_ / "elsewhere/nothing", paths_.checkpoint(kName));
  EXPECT_EQ(tests::read_file(get("/x-1e18834c.pth")), kAbc);
  EXPECT_FALSE(fs::exists(home_ / "elsewhere/nothing"));
  fs::create_directory_symlink(home_ / "hub", home_ / "alias");
  const Context aliased{cache::TorchPaths(home_ / "alias")};
  const fs::path file = get_checkpoint_file(server_.url() + "/b/weights.pth",
                                            CheckpointFileOptions().file_name("b.pth"), aliased);
  EXPECT_EQ(tests::read_file(paths_.checkpoint("b.pth")), "\1other");
  EXPECT_EQ(file.parent_path(), home_ / "alias/checkpoints");
}

// A server's page, with status 200, before it has the weights.
class StandInTest : public CachedCheckpointTest {
 protected:
  const std::string page_ = "<!DOCTYPE html><html><title>Sign in</title>";
  const std::string pointer_ =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, 'a') +
      "\nsize 12345\n";

  std::size_t set_aside() const {
    std::error_code absent;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(paths_.quarantine(), absent), {}));
  }
};

TEST_F(StandInTest, DoesNotStay) {
  const std::vector<std::pair<std::string, std::string>> stand_ins = {
      {page_, "is an HTML page and no checkpoint; it was moved to "},
      {"<?xml version=\"1.0\"?><Error/>", "is an XML document"},
      {"{\"error\": \"Unauthorized\"}", "is a JSON document"},
      {"[{\"error\": 401}]", "is a JSON document"},
      {pointer_, "is a Git LFS pointer"},
      {"", "is an empty file"},
      {std::string("\xFF\xFE<\0h\0t\0m\0l\0>\0", 14), "is an HTML page"},
      {")]}'\n{\"error\": 1}", "is a JSON document"},
      {"null", "is a short text"},
      {"Entry not found", "is a short text"},
  };
  std::size_t count = 0;
  for (const auto& [body, sentence] : stand_ins) {
    server_.answer("/late.pth", {.body = body});
    const tests::Failure failure = failure_of([&] { get("/late.pth"); });
    EXPECT_EQ(failure.code, archive::errc::not_a_checkpoint) << body;
    EXPECT_THAT(failure.sentence, HasSubstr("/late.pth: " + sentence)) << body;
    EXPECT_FALSE(fs::exists(paths_.checkpoint("late.pth"))) << body;
    EXPECT_EQ(set_aside(), ++count) << body;
  }
  server_.answer("/late.pth", {.body = "\1weights"});
  EXPECT_EQ(tests::read_file(get("/late.pth")), "\1weights");
  for (const auto& entry : fs::directory_iterator(paths_.checkpoints()))
    EXPECT_EQ(entry.path().filename(), "late.pth");
}

TEST_F(StandInTest, ThatPythonLeftIsFetchedAnew) {
  tests::write_file(paths_.checkpoint("weights.pth"), page_);
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), kAbc);
  EXPECT_THAT(messages_, HasSubstr("weights.pth: is an HTML page and no checkpoint; it was moved"));
  EXPECT_EQ(set_aside(), 1u);
}

TEST_F(StandInTest, BehindALinkIsReplacedThere) {
  tests::write_file(home_ / "mine/weights.pth", page_);
  fs::create_directories(paths_.checkpoints());
  fs::create_symlink(home_ / "mine/weights.pth", paths_.checkpoint("weights.pth"));
  EXPECT_EQ(tests::read_file(get("/a/weights.pth")), kAbc);
  EXPECT_TRUE(fs::is_symlink(paths_.checkpoint("weights.pth")));
  EXPECT_EQ(tests::read_file(home_ / "mine/weights.pth"), kAbc);
}

TEST_F(StandInTest, IsNamedWhereNothingMayBeFetched) {
  tests::write_file(paths_.checkpoint("weights.pth"), page_);
  context_.offline(true);
  EXPECT_THAT(failure_of([&] { get("/a/weights.pth"); }).sentence,
              HasSubstr("is an HTML page and no checkpoint; nothing may be fetched"));
  EXPECT_TRUE(fs::exists(paths_.checkpoint("weights.pth")));
}

TEST_F(StandInTest, IsWhatWasAskedForByItsDigestOrItsName) {
  server_.answer("/page.html", {.body = page_});
  EXPECT_EQ(tests::read_file(get("/page.html")), page_);
  server_.answer("/page.json", {.body = page_});
  EXPECT_EQ(failure_of([&] { get("/page.json"); }).code, archive::errc::not_a_checkpoint);
  server_.answer("/x.index.json", {.body = "{\"error\": 404}"});
  EXPECT_EQ(failure_of([&] { get("/x.index.json"); }).code, archive::errc::not_a_checkpoint);
  server_.answer("/x.md", {.body = "Entry not found"});
  EXPECT_EQ(tests::read_file(get("/x.md")), "Entry not found");
  server_.answer("/x", {.body = "Entry not found"});
  EXPECT_EQ(failure_of([&] { get("/x"); }).code, archive::errc::not_a_checkpoint);
  server_.answer("/protocol-0.pkl", {.body = "(dp0\nVa\np1\nI1\ns."});
  EXPECT_EQ(tests::read_file(get("/protocol-0.pkl")), "(dp0\nVa\np1\nI1\ns.");
  server_.answer("/config.JSON", {.body = "{}"});
  EXPECT_EQ(tests::read_file(get("/config.JSON")), "{}");
  // sha256sum of "{}"
  const std::string digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  server_.answer("/pinned.pth", {.body = "{}"});
  context_.lock_file(pins("/pinned.pth", digest));
  EXPECT_EQ(tests::read_file(get("/pinned.pth")), "{}");
}

TEST_F(StandInTest, InAFolderOfTheCallersDoesNotStayEither) {
  server_.answer("/late.pth", {.body = page_});
  const auto options = CheckpointFileOptions().model_dir(home_ / "mine");
  const auto call = [&] { get_checkpoint_file(server_.url() + "/late.pth", options, context_); };
  EXPECT_EQ(failure_of(call).code, archive::errc::not_a_checkpoint);
  EXPECT_TRUE(fs::is_empty(home_ / "mine"));
}

}  // namespace
}  // namespace torchhub
