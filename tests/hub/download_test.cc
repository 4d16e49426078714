// download_url_to_file and get_checkpoint_file: what lands on the disk, and what does not.

#include <torchhub/cache/error.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/download.h>
#include <torchhub/net/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using tests::Failure;
using tests::failure_of;

// Short texts are no checkpoints.
constexpr const char* kAbc = "\1abc";
constexpr const char* kAbcHash = "1e18834c426d00e57788444cb3ccd62c771b420c095bb0c4e040a8c122c4570d";

class HubDownloadTest : public testing::Test {
 protected:
  HubDownloadTest() { server_.answer("/abc-1e18834c.pth", {.body = kAbc}); }

  std::string url(const std::string& path) { return server_.url() + path; }

  DownloadedFile download(const std::string& path, const std::string& hash_prefix = "") {
    return download_url_to_file(url(path), home_ / "out/x.pth",
                                DownloadToFileOptions().hash_prefix(hash_prefix), Context(paths_));
  }

  fs::path get(const std::string& path,
               const CheckpointFileOptions& options = CheckpointFileOptions()) {
    return get_checkpoint_file(url(path), options, Context(paths_));
  }

  // A failed download leaves neither the file nor a part of it.
  void expect_empty(const fs::path& folder) {
    EXPECT_TRUE(!fs::exists(folder) || fs::is_empty(folder)) << folder;
  }

  tests::HubServer server_;
  tests::TempFolder home_;
  cache::TorchPaths paths_{home_ / "hub"};
  const std::string ca_file_ = [this] {
    tests::write_file(home_ / "ca.pem", server_.authority());
    fs::create_directory(home_ / "out");
    return (home_ / "ca.pem").string();
  }();
  const tests::ScopedVariable trust_{"SSL_CERT_FILE", ca_file_};
};

TEST_F(HubDownloadTest, BringsAVerifiedFile) {
  const DownloadedFile file = download("/abc-1e18834c.pth", "1E18834c");
  EXPECT_EQ(tests::read_file(home_ / "out/x.pth"), kAbc);
  EXPECT_EQ(file.bytes, 4u);
  EXPECT_EQ(file.sha256, kAbcHash);
  EXPECT_EQ(file.path, home_ / "out/x.pth");
}

TEST_F(HubDownloadTest, KeepsNothingWithAWrongHash) {
  const Failure wrong =
      failure_of([&] { download("/abc-1e18834c.pth?signature=s3cret", "f37072fd"); });
  EXPECT_EQ(wrong.code, cache::errc::hash_mismatch);
  EXPECT_THAT(wrong.sentence, HasSubstr("invalid hash value (expected \"f37072fd\", got \"" +
                                        std::string(kAbcHash) + "\""));
  EXPECT_THAT(wrong.sentence, Not(HasSubstr("s3cret")));
  expect_empty(home_ / "out");
}

TEST_F(HubDownloadTest, KeepsWhatWasThereWithAWrongHash) {
  tests::write_file(home_ / "out/x.pth", "before");
  EXPECT_EQ(failure_of([&] { download("/abc-1e18834c.pth", "f37072fd"); }).code,
            cache::errc::hash_mismatch);
  EXPECT_EQ(tests::read_file(home_ / "out/x.pth"), "before");
  download("/abc-1e18834c.pth");
  EXPECT_EQ(tests::read_file(home_ / "out/x.pth"), kAbc);
}

TEST_F(HubDownloadTest, AsksNobodyWithABadHash) {
  for (const std::string& bad : {std::string("xyz"), std::string(65, 'a')}) {
    EXPECT_EQ(failure_of([&] { download("/abc-1e18834c.pth", bad); }).code, cache::errc::bad_hash)
        << bad;
  }
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(HubDownloadTest, KeepsNothingOfAFailure) {
  EXPECT_EQ(failure_of([&] { download("/none"); }).code, net::errc_of_status(404));
  tests::CannedAnswer cut;
  cut.raw = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc";
  server_.answer("/cut", cut);
  EXPECT_EQ(failure_of([&] { download("/cut"); }).code, net::errc::truncated);
  expect_empty(home_ / "out");
}

TEST_F(HubDownloadTest, WritesToNoFolder) {
  const Failure folder = failure_of(
      [&] { download_url_to_file(url("/abc-1e18834c.pth"), home_ / "out", {}, Context(paths_)); });
  EXPECT_EQ(folder.code, boost::system::errc::is_a_directory);
  const Failure missing = failure_of(
      [&] { download_url_to_file(url("/abc-1e18834c.pth"), home_ / "no/x", {}, Context(paths_)); });
  EXPECT_EQ(missing.code, boost::system::errc::no_such_file_or_directory);
}

TEST_F(HubDownloadTest, KeepsACheckpointUnderTorchHubsName) {
  const fs::path file =
      get("/abc-1e18834c.pth?download=1", CheckpointFileOptions().check_hash(true));
  EXPECT_EQ(file, paths_.hub_dir() / "checkpoints/abc-1e18834c.pth");
  EXPECT_EQ(tests::read_file(file), kAbc);
  EXPECT_EQ(get("/abc-1e18834c.pth?download=1"), file);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(HubDownloadTest, KeepsACheckpointWhereItIsTold) {
  const fs::path file = get(
      "/abc-1e18834c.pth", CheckpointFileOptions().model_dir(home_ / "models").file_name("it.pth"));
  EXPECT_EQ(file, home_ / "models/it.pth");
}

TEST_F(HubDownloadTest, KeepsNoCheckpointOutsideItsFolder) {
  for (const char* name : {"../x.pth", "a/../../x.pth", "/tmp/x.pth", ".."}) {
    const Failure refused =
        failure_of([&] { get("/abc-1e18834c.pth", CheckpointFileOptions().file_name(name)); });
    EXPECT_EQ(refused.code, cache::errc::bad_name) << name;
  }
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(HubDownloadTest, ChecksTheHashInAName) {
  server_.answer("/abc-00000000.pth", {.body = kAbc});
  EXPECT_EQ(
      failure_of([&] { get("/abc-00000000.pth", CheckpointFileOptions().check_hash(true)); }).code,
      cache::errc::hash_mismatch);
  expect_empty(paths_.checkpoints());
  get("/abc-00000000.pth");
  const std::size_t requests = server_.requests().size();
  for (const char* name : {"/weights.pth", "/weights-.pth", "/weights-1234567.pth"}) {
    EXPECT_EQ(failure_of([&] { get(name, CheckpointFileOptions().check_hash(true)); }).code,
              cache::errc::no_hash_in_name)
        << name;
  }
  EXPECT_EQ(failure_of([&] { get("/"); }).code, cache::errc::bad_name);
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(HubDownloadTest, DownloadsACheckpointOnceForMany) {
  server_.answer("/large.pth", {.body = std::string(3'000'000, 'x')});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(fs::file_size(get("/large.pth")), 3'000'000u); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(HubDownloadTest, KeepsWhatIsReadOnlyUnlessItIsForced) {
  server_.answer("/new.pth", {.body = "new"});
  tests::write_file(home_ / "out/x.pth", "before");
  fs::permissions(home_ / "out/x.pth", fs::perms::owner_read);
  const Failure failure = failure_of([&] { download("/new.pth"); });
  EXPECT_EQ(failure.code, boost::system::errc::permission_denied);
  EXPECT_THAT(failure.sentence, HasSubstr("x.pth: is read-only"));
  EXPECT_EQ(tests::read_file(home_ / "out/x.pth"), "before");
  EXPECT_TRUE(server_.requests().empty());
  download_url_to_file(url("/new.pth"), home_ / "out/x.pth", DownloadToFileOptions().force(true),
                       Context(paths_));
  EXPECT_EQ(tests::read_file(home_ / "out/x.pth"), "new");
}

TEST_F(HubDownloadTest, HasNothingToReplaceWhereTheReadOnlyFileIsRight) {
  tests::write_file(home_ / "out/x.pth", kAbc);
  fs::permissions(home_ / "out/x.pth", fs::perms::owner_read);
  EXPECT_EQ(download("/abc-1e18834c.pth", kAbcHash).bytes, 4u);
}

TEST_F(HubDownloadTest, WritesWhereALinkLeads) {
  tests::write_file(home_ / "there/file", "before");
  fs::create_symlink(home_ / "there/file", home_ / "out/x.pth");
  EXPECT_EQ(download("/abc-1e18834c.pth").path, home_ / "out/x.pth");
  EXPECT_EQ(tests::read_file(home_ / "there/file"), kAbc);
  EXPECT_TRUE(fs::is_symlink(home_ / "out/x.pth"));
}

// As many as anybody likes, with the descriptors of a few.
TEST_F(HubDownloadTest, MakesMoreFilesThanItMayOpen) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 128;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<FileDownload> files(300);
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].url = url("/abc-1e18834c.pth");
    files[i].path = home_ / "out" / std::to_string(i);
    files[i].options.durability(cache::Durability::process);
  }
  const std::vector<FileOutcome> outcomes = download_files(files, {}, Context(paths_));
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_EQ(outcomes.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_FALSE(outcomes[i].failure) << i;
    EXPECT_EQ(outcomes[i].file.path, files[i].path);
    EXPECT_EQ(tests::read_file(files[i].path), kAbc);
  }
}

TEST_F(HubDownloadTest, BeginsNoMoreFilesOnceItIsStopped) {
  server_.answer("/silent", {.silent = true});
  std::vector<FileDownload> files(100);
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].url = url("/silent");
    files[i].path = home_ / "out" / std::to_string(i);
  }
  std::stop_source source;
  std::jthread stopper([&] {
    while (server_.count_requests("/silent") == 0) std::this_thread::yield();
    source.request_stop();
  });
  const std::vector<FileOutcome> outcomes =
      download_files(files, source.get_token(), Context(paths_));
  ASSERT_EQ(outcomes.size(), files.size());
  for (const FileOutcome& outcome : outcomes) EXPECT_TRUE(outcome.failure);
  EXPECT_LE(server_.count_requests("/silent"), 16u);
  expect_empty(home_ / "out");
}

}  // namespace
}  // namespace torchhub
