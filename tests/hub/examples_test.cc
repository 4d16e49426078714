// The example programs do what their first lines say.

#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

// A GitHub with acme/digits, and what a program needs to use it.
class Digits {
 public:
  Digits() {
    server_.add_branch("acme/digits", "main", "hub/examples/digits");
    server_.add_release("acme/digits", "v1", "hub/examples/digits_release");
    tests::write_file(home_ / "ca.pem", server_.authority());
  }

  tests::Outcome run(const std::vector<std::string>& command) {
    return tests::run(command, {{"TORCH_HOME", home_ / "torch"},
                                {"GITHUB_SERVER_URL", server_.url()},
                                {"GITHUB_API_URL", server_.api_url()},
                                {"SSL_CERT_FILE", home_ / "ca.pem"}});
  }

 private:
  tests::HubServer server_;
  tests::TempFolder home_;
};

TEST(RunModel, ReadsASeven) {
  const tests::Outcome outcome = Digits().run({"hub/examples/run_model", "hub/examples/seven.pt"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::EndsWith("The image shows a 7.\n"));
  EXPECT_EQ(tests::run({"hub/examples/run_model"}).status, 2);
  EXPECT_EQ(tests::run({"hub/examples/run_model", "/nowhere"}).status, 1);
}

TEST(LoadPair, FindsWhatIsLoud) {
  const std::string repository = "hub/examples/signals";
  const tests::Outcome outcome =
      tests::run({"hub/examples/load_pair", repository, repository + "/knocks.txt"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "loud from 2 to 7, at most 0.981\nloud from 13 to 19, at most 0.999\n");
  EXPECT_EQ(tests::run({"hub/examples/load_pair"}).status, 2);
  EXPECT_EQ(tests::run({"hub/examples/load_pair", repository, "/nowhere"}).status, 1);
}

TEST(WatchLayers, TellsWhatEachComputes) {
  const tests::Outcome outcome =
      Digits().run({"hub/examples/watch_layers", "hub/examples/seven.pt"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::StartsWith("features.0  Conv2d  [1, 32, 8, 8]  mean "));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\nscores  Linear  [1, 10]  mean "));
  EXPECT_THAT(outcome.out, testing::EndsWith("\nIt is a 7.\n"));
  EXPECT_EQ(tests::run({"hub/examples/watch_layers"}).status, 2);
  EXPECT_EQ(tests::run({"hub/examples/watch_layers", "/nowhere"}).status, 1);
}

TEST(ReadCheckpoint, ListsTensors) {
  const std::string weights = "hub/examples/digits_release/digit_reader-c0f7955a.pth";
  const tests::Outcome outcome = tests::run({"hub/examples/read_checkpoint", weights});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::StartsWith("features.0.weight  float32  32 x 1 x 3 x 3  1152"));
  EXPECT_EQ(tests::run({"hub/examples/read_checkpoint"}).status, 2);
  EXPECT_EQ(tests::run({"hub/examples/read_checkpoint", "/nowhere"}).status, 1);
}

}  // namespace
}  // namespace torchhub
