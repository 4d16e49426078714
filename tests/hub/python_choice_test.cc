#include <torchhub/hub/context.h>
#include <torchhub/hub/python_choice.h>
#include <torchhub/tests/support/environment.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::ScopedVariable;

TEST(PythonChoice, IsTheBuildsWhereNothingNamesAnother) {
  const ScopedVariable ours("TORCHHUB_VENV", ""), active("VIRTUAL_ENV", ""), path("PYTHONPATH", "");
  const PythonChoice choice = PythonChoice::from_environment();
  EXPECT_EQ(choice.environment, "");
  EXPECT_EQ(choice.variable, "");
  EXPECT_THAT(choice.search_path, IsEmpty());
}

TEST(PythonChoice, IsTheActiveEnvironmentUnlessOursIsNamed) {
  const ScopedVariable active("VIRTUAL_ENV", "/active");
  {
    const ScopedVariable ours("TORCHHUB_VENV", "");
    EXPECT_EQ(PythonChoice::from_environment().environment, "/active");
    EXPECT_EQ(PythonChoice::from_environment().variable, "VIRTUAL_ENV");
  }
  const ScopedVariable ours("TORCHHUB_VENV", "/ours");
  EXPECT_EQ(PythonChoice::from_environment().environment, "/ours");
  EXPECT_EQ(PythonChoice::from_environment().variable, "TORCHHUB_VENV");
  // What the program names goes before both, and PYTHONPATH stays.
  const ScopedVariable path("PYTHONPATH", "/a");
  const Context context = Context::from_environment().python("/named");
  EXPECT_EQ(context.python().environment, "/named");
  EXPECT_EQ(context.python().variable, "");
  EXPECT_THAT(context.python().search_path, ElementsAre("/a"));
}

TEST(PythonChoice, TakesPythonpathApart) {
  const ScopedVariable path("PYTHONPATH", "/a:b c::/d:");
  EXPECT_THAT(PythonChoice::from_environment().search_path,
              ElementsAre("/a", "b c", ".", "/d", "."));
}

}  // namespace
}  // namespace torchhub
