#include <torchhub/cache/trust_list.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/trust.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

using testing::HasSubstr;
using tests::failure_of;

class TrustTest : public testing::Test {
 protected:
  // A repository that was fetched and that nobody trusts.
  Repository untrusted() {
    const std::filesystem::path folder = paths_.untrusted_repository(key_);
    tests::write_file(folder / "hubconf.py", "def f(): pass\n");
    return {key_, folder, "", ""};
  }

  Context asked(bool answer) {
    Context context(paths_);
    context.on_question([this, answer](std::string_view question) {
      ++questions_;
      EXPECT_THAT(std::string(question),
                  HasSubstr("acme_digits does not belong to the list of trusted repositories"));
      return answer;
    });
    return context;
  }

  tests::TempFolder home_;
  cache::TorchPaths paths_{home_.path()};
  cache::RepositoryKey key_{"acme", "digits", "main"};
  int questions_ = 0;
};

TEST_F(TrustTest, IsNotThereAtFirst) {
  Repository repository = untrusted();
  EXPECT_FALSE(is_trusted(paths_, key_));
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit(Context(paths_), repository, TrustRepo::check); });
  EXPECT_EQ(refused.code, errc::untrusted);
  EXPECT_EQ(refused.code, boost::system::errc::operation_not_permitted);
  EXPECT_THAT(refused.sentence,
              HasSubstr("acme/digits is not trusted: loading it runs its code. Read it in " +
                        repository.folder.string()));
  EXPECT_FALSE(std::filesystem::exists(paths_.trusted_list()));
  EXPECT_FALSE(std::filesystem::exists(paths_.repository(key_)));
}

TEST_F(TrustTest, IsGivenAndWrittenDown) {
  Repository repository = untrusted();
  const python::TrustedSource source =
      TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  EXPECT_EQ(source.folder(), paths_.repository(key_));
  EXPECT_EQ(repository.folder, paths_.repository(key_));
  EXPECT_TRUE(std::filesystem::exists(source.folder() / "hubconf.py"));
  EXPECT_FALSE(std::filesystem::exists(paths_.untrusted_repository(key_)));
  EXPECT_EQ(tests::read_file(paths_.trusted_list()), "acme_digits\n");
  EXPECT_TRUE(is_trusted(paths_, {"acme", "digits", "another_ref"}));
}

TEST_F(TrustTest, IsAskedForOnce) {
  Repository repository = untrusted();
  TrustGate::admit(asked(true), repository, TrustRepo::check);
  TrustGate::admit(asked(true), repository, TrustRepo::check);
  EXPECT_EQ(questions_, 1);
  EXPECT_EQ(tests::read_file(paths_.trusted_list()), "acme_digits\n");
}

TEST_F(TrustTest, IsAskedForAgainAfterANo) {
  Repository repository = untrusted();
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(
        failure_of([&] { TrustGate::admit(asked(false), repository, TrustRepo::check); }).code,
        errc::untrusted);
    EXPECT_EQ(questions_, i);
  }
  EXPECT_FALSE(std::filesystem::exists(paths_.trusted_list()));
}

TEST_F(TrustTest, IsAskedForAlsoWhenGivenIfTheCallerWantsThat) {
  Repository repository = untrusted();
  TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  TrustGate::admit(asked(true), repository, TrustRepo::ask);
  EXPECT_EQ(questions_, 1);
  EXPECT_EQ(failure_of([&] { TrustGate::admit(asked(false), repository, TrustRepo::ask); }).code,
            errc::untrusted);
}

TEST_F(TrustTest, IsBuiltInForPyTorchsOwners) {
  for (const char* owner : {"facebookresearch", "facebookincubator", "pytorch", "fairinternal"}) {
    EXPECT_TRUE(is_trusted(paths_, {owner, "x", "main"})) << owner;
  }
  EXPECT_FALSE(is_trusted(paths_, {"PyTorch", "x", "main"}));
  EXPECT_FALSE(is_trusted(paths_, {"pytorch_", "x", "main"}));
}

TEST_F(TrustTest, IsInheritedFromAFolderThatHoldsARepository) {
  tests::write_file(paths_.repository(key_) / "hubconf.py", "def f(): pass\n");
  EXPECT_TRUE(is_trusted(paths_, key_));
  EXPECT_FALSE(is_trusted(paths_, {"acme", "digits", "dev"}));
  // torch.hub would take an empty folder, too.
  std::filesystem::create_directories(paths_.repository({"evil", "x", "main"}));
  EXPECT_FALSE(is_trusted(paths_, {"evil", "x", "main"}));
}

}  // namespace
}  // namespace torchhub
