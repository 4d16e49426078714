#include <torchhub/hub/error.h>
#include <torchhub/hub/trust.h>
#include <torchhub/python/error.h>
#include <torchhub/python/evaluate.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/operations.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace torchhub::python {
namespace {

using testing::HasSubstr;
using tests::failure_of;

Context context() { return Context(cache::TorchPaths("/nowhere")); }

TrustedSource trusted() { return TrustGate::admit_code(context(), "A test", TrustRepo::yes); }

TEST(ImportModule, FindsWhatIsInstalled) {
  EXPECT_EQ(
      to_text(call(attribute(import_module(trusted(), "os.path"), "join"), Arguments("a", "b"))),
      "a/b");
  EXPECT_EQ(to_text(attribute(import_module(trusted(), "xml.dom"), "__name__")), "xml.dom");
  EXPECT_EQ(failure_of([] { import_module(trusted(), "no_such_module"); }).sentence,
            "importing no_such_module: ModuleNotFoundError: No module named 'no_such_module'");
  EXPECT_THAT(failure_of([] { import_module(trusted(), ""); }).sentence, HasSubstr("ValueError"));
  EXPECT_THAT(failure_of([] { import_module(trusted(), "os\xff"); }).sentence,
              HasSubstr("UnicodeDecodeError"));
}

TEST(Evaluate, KnowsItsNamesAndTheBuiltins) {
  EXPECT_EQ(to_text(evaluate(trusted(), "sum(xs) + y", {{"xs", Argument::List{1, 2}}, {"y", 3}})),
            "6");
  EXPECT_EQ(to_text(call(evaluate(trusted(), "lambda x: x + y", {{"y", 1}}), Arguments(2))), "3");
  EXPECT_EQ(to_text(evaluate(trusted(), "[y for _ in range(2)]", {{"y", 1}})), "[1, 1]");
  // Each has names of its own.
  EXPECT_THAT(failure_of([] { evaluate(trusted(), "y"); }).sentence,
              HasSubstr("NameError: name 'y' is not defined"));
  EXPECT_THAT(failure_of([] { evaluate(trusted(), "x = 1"); }).sentence, HasSubstr("SyntaxError"));
  EXPECT_THAT(failure_of([] { evaluate(trusted(), "1 / 0"); }).sentence,
              HasSubstr("evaluating an expression: ZeroDivisionError"));
}

TEST(TrustGate, AsksAboutCode) {
  for (const TrustRepo trust : {TrustRepo::check, TrustRepo::ask, TrustRepo::no}) {
    const tests::Failure failure =
        failure_of([&] { TrustGate::admit_code(context(), "Importing m", trust); });
    EXPECT_EQ(failure.code, torchhub::errc::untrusted);
    EXPECT_EQ(failure.sentence, "Importing m runs Python code: allow it with TrustRepo::yes.");
  }
  std::string question;
  bool answer = false;
  Context asking = context();
  asking.on_question([&](std::string_view text) {
    question = text;
    return answer;
  });
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit_code(asking, "Importing m", TrustRepo::check); });
  EXPECT_EQ(refused.code, torchhub::errc::untrusted);
  EXPECT_EQ(refused.sentence, "Untrusted: Importing m was not allowed.");
  EXPECT_EQ(question, "Importing m runs Python code. Do you trust it (y/N)?");
  answer = true;
  TrustGate::admit_code(asking, "Importing m", TrustRepo::ask);
  EXPECT_EQ(failure_of([&] { TrustGate::admit_code(asking, "Importing m", TrustRepo::no); }).code,
            torchhub::errc::untrusted);
}

// Whoever has the permission for one expression has none for the hubconf.py of the working directory.
TEST(TrustGate, GivesNoFolderWithCode) {
  const tests::TempFolder folder;
  tests::write_file(folder / "hubconf.py", "");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(failure_of([] { Hubconf conf(trusted()); }).code, errc::no_hubconf);
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace torchhub::python
