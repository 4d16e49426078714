// A store that a fleet shares: a real nginx with WebDAV, and servers that are wrong, slow or down.

#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/download.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/real_servers.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kStore =
    "location /cas/ { dav_methods PUT; create_full_put_path on; client_max_body_size 0; }\n"
    "location /ac/ { dav_methods PUT; create_full_put_path on; client_max_body_size 0; }\n"
    "location /read_only/ { client_max_body_size 0; }\n";

// Enough for several reads, and not for a second one of them to hide.
const std::string kContent = tests::pattern(3'000'000);

std::string sha256_of(const std::string& content) {
  tests::TempFolder folder;
  tests::write_file(folder / "f", content);
  return tests::run({"/usr/bin/sha256sum", folder / "f"}).out.substr(0, 64);
}

class RemoteCacheTest : public testing::Test {
 protected:
  RemoteCacheTest() { tests::write_file(origin_.root() / name_, kContent); }

  // A machine of its own: with a cache of its own.
  Context machine(const std::string& name, std::shared_ptr<RemoteCache> store) {
    Context context{cache::TorchPaths(home_ / name)};
    context.remote_cache(std::move(store));
    context.on_message([this](std::string_view text) { messages_ += std::string(text) + "\n"; });
    return context;
  }

  fs::path get(const Context& context) {
    return get_checkpoint_file(origin_.url() + "/" + name_,
                               CheckpointFileOptions().check_hash(true), context);
  }

  bool origin_was_asked() const { return origin_.log().find(name_) != std::string::npos; }
  fs::path blob() const { return store_.root() / "cas" / sha256_; }

  const std::string sha256_ = sha256_of(kContent);
  const std::string name_ = "x-" + sha256_ + ".pth";
  const tests::Nginx store_{kStore};
  const tests::Nginx origin_;
  tests::TempFolder home_;
  std::string messages_;
};

TEST_F(RemoteCacheTest, SparesTheOriginASecondMachine) {
  EXPECT_EQ(tests::read_file(get(machine("one", std::make_shared<RemoteCache>(store_.url())))),
            kContent);
  EXPECT_TRUE(origin_was_asked());
  EXPECT_EQ(tests::read_file(blob()), kContent);
  fs::remove(origin_.root() / name_);
  EXPECT_EQ(
      tests::read_file(get(machine("two", std::make_shared<RemoteCache>(store_.url() + "/")))),
      kContent);
}

TEST_F(RemoteCacheTest, IsNotAskedWithoutAWholeHash) {
  const Context context = machine("one", std::make_shared<RemoteCache>(store_.url()));
  download_url_to_file(origin_.url() + "/" + name_, home_ / "out",
                       DownloadToFileOptions().hash_prefix(sha256_.substr(0, 63)), context);
  EXPECT_EQ(store_.log(), "");
  download_url_to_file(origin_.url() + "/" + name_, home_ / "another",
                       DownloadToFileOptions().hash_prefix(sha256_), context);
  EXPECT_EQ(tests::read_file(blob()), kContent);
}

TEST_F(RemoteCacheTest, IsNotBelieved) {
  tests::write_file(blob(), "poison");
  EXPECT_EQ(tests::read_file(get(machine("one", std::make_shared<RemoteCache>(store_.url())))),
            kContent);
  EXPECT_THAT(messages_, HasSubstr("it is not used, and replaced"));
  EXPECT_EQ(tests::read_file(blob()), kContent);
}

TEST_F(RemoteCacheTest, IsNotBelievedAboutAFileOfTheRightLength) {
  std::string wrong = kContent;
  wrong[1'000'000] = static_cast<char>(wrong[1'000'000] ^ 1);
  tests::write_file(blob(), wrong);
  EXPECT_EQ(tests::read_file(get(machine("one", std::make_shared<RemoteCache>(store_.url())))),
            kContent);
  EXPECT_EQ(tests::read_file(blob()), kContent);
}

TEST_F(RemoteCacheTest, ThatIsDownIsSaidOnce) {
  const auto down = std::make_shared<RemoteCache>("http://127.0.0.1:1");
  const Context context = machine("one", down);
  EXPECT_EQ(tests::read_file(get(context)), kContent);
  EXPECT_THAT(messages_, HasSubstr("warning: the remote cache is not used any more"));
  messages_.clear();
  download_url_to_file(origin_.url() + "/" + name_, home_ / "out",
                       DownloadToFileOptions().hash_prefix(sha256_), context);
  EXPECT_EQ(messages_, "");
}

TEST_F(RemoteCacheTest, ThatIsSlowIsLeftAlone) {
  // A byte every tenth of a second never stalls.
  const tests::FaultServer dribbling([](const tests::FaultRequest& request) {
    tests::FaultReply reply = tests::serve(kContent, request);
    reply.pace = [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(100)); };
    return reply;
  });
  RemoteCache::Patience patience;
  patience.window = std::chrono::seconds(1);
  patience.bytes_per_second = 100'000'000;
  const auto slow = std::make_shared<RemoteCache>(dribbling.url(), patience);
  EXPECT_EQ(tests::read_file(get(machine("one", slow))), kContent);
  EXPECT_THAT(messages_, HasSubstr("is slow and not used any more"));
  EXPECT_FALSE(slow->is_readable());
}

TEST_F(RemoteCacheTest, ThatTakesNothingIsReadAllTheSame) {
  const auto store = std::make_shared<RemoteCache>(store_.url() + "/read_only");
  EXPECT_EQ(tests::read_file(get(machine("one", store))), kContent);
  EXPECT_THAT(messages_, HasSubstr("cannot be added to"));
  EXPECT_THAT(messages_, HasSubstr("405"));
  EXPECT_TRUE(store->is_readable());
  EXPECT_FALSE(store->is_writable());
}

TEST_F(RemoteCacheTest, IsSentCredentialsOnlyOnRequestsOfItsOwn) {
  const std::string with_password = "http://user:secret@" + store_.url().substr(7);
  EXPECT_EQ(tests::read_file(get(machine("one", std::make_shared<RemoteCache>(with_password)))),
            kContent);
  EXPECT_EQ(tests::read_file(blob()), kContent);
  EXPECT_EQ(messages_.find("secret"), std::string::npos);
}

TEST_F(RemoteCacheTest, IsNotUsedOffline) {
  get(machine("one", std::make_shared<RemoteCache>(store_.url())));
  const std::string before = store_.log();
  Context context = machine("two", std::make_shared<RemoteCache>(store_.url()));
  context.offline(true);
  EXPECT_ANY_THROW(get(context));
  EXPECT_EQ(store_.log(), before);
}

// The store of a real `bazel build --remote_cache=`: what Bazel put there, we take.
TEST_F(RemoteCacheTest, IsTheOneThatBazelKnows) {
  tests::write_file(home_ / "work/WORKSPACE", "workspace(name = \"work\")\n");
  tests::write_file(home_ / "work/BUILD.bazel",
                    "genrule(name = \"weights\", outs = [\"w\"], cmd = \"seq 100000 > $@\")\n");
  const auto build = [&](const std::string& machine) {
    const std::string script = "cd '" + (home_ / "work").string() +
                               "' && HOME=$PWD bazel --batch --output_user_root='" +
                               (home_ / machine).string() +
                               "' build --spawn_strategy=local --genrule_strategy=local "
                               "--remote_cache='" +
                               store_.url() + "' //:weights";
    return tests::run({"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}});
  };
  const tests::Outcome first = build("bazel_one");
  ASSERT_EQ(first.status, 0) << first.err;
  const tests::Outcome second = build("bazel_two");
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("remote cache hit"));

  const std::string content = tests::run({"/usr/bin/seq", "100000"}).out;
  const std::string sha256 = sha256_of(content);
  ASSERT_TRUE(fs::exists(store_.root() / "cas" / sha256));
  const Context context = machine("three", std::make_shared<RemoteCache>(store_.url()));
  download_url_to_file("http://127.0.0.1:1/w", home_ / "out",
                       DownloadToFileOptions().hash_prefix(sha256), context);
  EXPECT_EQ(tests::read_file(home_ / "out"), content);
}

}  // namespace
}  // namespace torchhub
