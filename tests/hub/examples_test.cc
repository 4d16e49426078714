// The example programs do what their first lines say.

#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

TEST(RunModel, ReadsASeven) {
  tests::HubServer server;
  server.add_branch("acme/digits", "main", "hub/examples/digits");
  server.add_release("acme/digits", "v1", "hub/examples/digits_release");
  const tests::TempFolder home;
  tests::write_file(home / "ca.pem", server.authority());
  const tests::Outcome outcome = tests::run({"hub/examples/run_model", "hub/examples/seven.pt"},
                                            {{"TORCH_HOME", home / "torch"},
                                             {"GITHUB_SERVER_URL", server.url()},
                                             {"GITHUB_API_URL", server.api_url()},
                                             {"SSL_CERT_FILE", home / "ca.pem"}});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::EndsWith("The image shows a 7.\n"));
  EXPECT_EQ(tests::run({"hub/examples/run_model"}).status, 2);
  EXPECT_EQ(tests::run({"hub/examples/run_model", "/nowhere"}).status, 1);
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
