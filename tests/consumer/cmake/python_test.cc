#include <torchhub/python/static_hubconf.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

TEST(Python, ReadsAHubconf) {
  const std::filesystem::path folder = testing::TempDir() + "/cmake_hubconf";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "hubconf.py") << "def tiny(width=8):\n    'A tiny one.'\n";
  const torchhub::python::StaticHubconf hubconf(folder);
  ASSERT_EQ(hubconf.listing().entry_points.size(), 1U);
  EXPECT_EQ(hubconf.listing().entry_points[0].name, "tiny");
}

}  // namespace
