#include <torchhub/archive/checkpoint.h>

#include <gtest/gtest.h>

#include <cstdlib>

// Weights that the build pinned, one by one and by a lock file, are there when the test runs.
TEST(Modules, ReadsPinnedWeights) {
  for (const char* variable : {"WEIGHTS", "PINNED_WEIGHTS"}) {
    const torchhub::archive::Checkpoint weights =
        torchhub::archive::open_checkpoint(std::getenv(variable));
    EXPECT_EQ(weights.tensors().size(), 6U) << variable;
  }
}
