// benchmarks/compare.py: what it says of two runs whose difference is known.

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <string>

namespace torchhub::tests {
namespace {

// Eight runs of torchhub and of a peer, about so many milliseconds each.
std::string results(double ours, double peer, int runs = 8) {
  const auto list = [&](double about) {
    std::string text;
    for (int i = 0; i < runs; ++i)
      text += (i ? ", " : "") + std::to_string(about * (1.0 + 0.01 * (i % 3)));
    return R"({"runs": [)" + text + "]}";
  };
  return R"({"group": "load", "scenarios": {"A": {"results": {"open": {"torchhub": )" + list(ours) +
         R"(, "torch.load": )" + list(peer) + "}}}}}";
}

Outcome compare(const std::string& before, const std::string& after) {
  const TempFolder folder;
  write_file(folder / "old.json", before);
  write_file(folder / "new.json", after);
  return run(
      {"/usr/bin/python3", "benchmarks/compare.py", folder / "old.json", folder / "new.json"});
}

TEST(Compare, TellsWhatGotSlower) {
  const Outcome outcome = compare(results(10, 100), results(13, 100));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.out.find("SLOWER     A / open / torchhub: 1.30 times"), std::string::npos)
      << outcome.out << outcome.err;
}

TEST(Compare, LeavesOutWhatTheMachineDid) {
  const Outcome outcome = compare(results(10, 100), results(20, 200));
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("as before"), std::string::npos);
}

TEST(Compare, TellsWhatGotFaster) {
  const Outcome outcome = compare(results(10, 100), results(5, 100));
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("faster"), std::string::npos);
}

TEST(Compare, SaysNothingOfTooFewRuns) {
  const Outcome outcome = compare(results(10, 100, 3), results(20, 100, 3));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.out.find("0 slower of 0 compared; 1 had too few runs"), std::string::npos)
      << outcome.out << outcome.err;
}

}  // namespace
}  // namespace torchhub::tests
