#include <torchhub/python/distribution_name.h>

#include <gtest/gtest.h>

namespace torchhub::python {
namespace {

TEST(DistributionName, IsThatOfPep508) {
  for (const char* name : {"torch", "Pillow", "opencv-python", "ruamel.yaml", "a", "0x", "A_b-c.d1",
                           "zip", "2130706433"})
    EXPECT_TRUE(is_distribution_name(name)) << name;
  for (const char* text : {"",
                           "-r",
                           "--index-url",
                           "_a",
                           "a-",
                           ".",
                           "..",
                           "./a",
                           "a/b",
                           "/srv/evil",
                           "http://2130706433/x",
                           "git+https://x",
                           "a @ https://x/y.whl",
                           "a[extra]",
                           "a==1",
                           "a b",
                           "a\nb",
                           "a;b",
                           "evil.whl",
                           "evil.ZIP",
                           "evil.tar.gz",
                           "\u00E9",
                           "\u212Aelvin",
                           "a\\b"})
    EXPECT_FALSE(is_distribution_name(text)) << text;
  EXPECT_FALSE(is_distribution_name(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace torchhub::python
